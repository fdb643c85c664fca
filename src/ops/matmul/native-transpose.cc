// The transpose of a matrix, in squares that stay in the nearest cache.
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

void transpose(const Transpose& args) {
  constexpr int SIDE = 32;
  const int rows = args.rows, cols = args.cols;
  parallel((cols + SIDE - 1) / SIDE, 0, [&](int task, float*) {
    const int from = task * SIDE, to = from + SIDE < cols ? from + SIDE : cols;
    for (int row = 0; row < rows; row += SIDE) {
      const int end = row + SIDE < rows ? row + SIDE : rows;
      for (int c = from; c < to; c++) {
        float* out = args.out + static_cast<int64_t>(c) * rows;
        for (int r = row; r < end; r++) out[r] = args.x[static_cast<int64_t>(r) * cols + c];
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
