// Rows of a table by token number, and the sums of their gradients.
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int64_t ROWS = 512;  // of a task

void gather(const Embedding& args) {
  parallel(static_cast<int>((args.count + ROWS - 1) / ROWS), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * ROWS < args.count ? (task + 1) * ROWS : args.count;
    for (int64_t i = task * ROWS; i < end; i++) {
      memcpy(args.out + i * args.H, args.table + static_cast<int64_t>(args.tokens[i]) * args.H, sizeof(float) * args.H);
    }
  });
}

// Each task has a strip of channels and all rows, so that the order of the sums is that of the rows.
void scatter(const Embedding& args) {
  constexpr int STRIP = 4 * W;
  parallel((args.H + STRIP - 1) / STRIP, 0, [&](int task, float*) {
    const int from = task * STRIP, to = from + STRIP < args.H ? from + STRIP : args.H;
    for (int row = 0; row < args.size; row++) {
      memset(args.out + static_cast<int64_t>(row) * args.H + from, 0, sizeof(float) * (to - from));
    }
    for (int64_t i = 0; i < args.count; i++) {
      float* sums = args.out + static_cast<int64_t>(args.tokens[i]) * args.H;
      const float* dy = args.dy + i * args.H;
      for (int c = from; c < to; c += W) {
        const int lanes = to - c < W ? to - c : W;
        store(sums + c, load(sums + c, lanes) + load(dy + c, lanes), lanes);
      }
    }
  });
}

}  // namespace

void embedding(const Embedding& args) { args.dy == nullptr ? gather(args) : scatter(args); }

}  // namespace ISA
}  // namespace spiking
