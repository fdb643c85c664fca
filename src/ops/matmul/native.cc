// Dense matrix products: which form takes which shape. The depth is cut at fixed places, so that the sums do not depend
// on the number of threads.
#include "few.h"
#include "matmul.h"
#if defined(__AMX_INT8__)
#include "tile-floats.h"
#include "tile-product.h"
#else
#include "panels.h"
#endif

namespace spiking {
namespace ISA {

namespace {

void multiplyOne(const Matmul& m) {
  if (m.M <= 4) return multiplyThin(m);
  if (m.N == 1 && m.transposeB && !m.transposeA && m.bias == nullptr) {  // a column is a row of the transposed product
    return multiplyThin({1, m.M, m.K, false, true, m.B, m.A, nullptr, m.C, nullptr, 1, 0, 0});
  }
  if (m.K <= 4 && !m.transposeB && m.columnSums == nullptr) return multiplyShort(m);
#if defined(__AMX_INT8__)
  tiles::multiply(m, tiles::Floats());
#else
  if (m.transposeA) panels::multiply<false>(m);
  else panels::multiply<true>(m);
#endif
}

}  // namespace

void matmul(const Matmul& m) {
  if (m.M <= 4 && !m.transposeB && (m.K >= 512 || m.columnSums != nullptr)) return multiplyTall(m);
  Matmul one = m;
  for (int i = 0; i < m.batches; i++) {
    one.A = m.A + i * m.strideA;
    one.B = m.B + i * m.strideB;
    one.C = m.C + static_cast<int64_t>(i) * m.M * m.N;
    multiplyOne(one);
  }
}

}  // namespace ISA
}  // namespace spiking
