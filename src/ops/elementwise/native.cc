// Sums, differences and products of arrays, either repeated along some axes.
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

namespace {

template <int OPERATION>
ALWAYS_INLINE vf apply(vf a, vf b) {
  return OPERATION == 0 ? a + b : OPERATION == 1 ? a - b : a * b;
}

// One run along the last axis; a stride of 0 there repeats a single number.
template <int OPERATION, bool PAST>
ALWAYS_INLINE void run(const float* a, int64_t aStride, const float* b, int64_t bStride, float* out, int count) {
  auto at = [](const float* from, int64_t stride, int i, int lanes) {
    return stride == 0 ? splat(*from) : load(from + i, lanes);
  };
  int i = 0;
  for (; i + W <= count; i += W) {
    const vf result = apply<OPERATION>(at(a, aStride, i, W), at(b, bStride, i, W));
    if (PAST) stream(out + i, result);
    else store(out + i, result);
  }
  if (i == count) return;
  const int lanes = count - i;
  store(out + i, apply<OPERATION>(at(a, aStride, i, lanes), at(b, bStride, i, lanes)), lanes);
}

template <int OPERATION, bool PAST>
void all(const Binary& args) {
  // About 16K numbers a task, cut along the last axis where that is long.
  constexpr int PIECE = 16384;
  const int pieces = (args.inner + PIECE - 1) / PIECE;
  const int64_t runs = static_cast<int64_t>(args.outer) * args.middle * pieces;
  const int64_t each = args.inner >= PIECE ? 1 : PIECE / args.inner;
  parallel(static_cast<int>((runs + each - 1) / each), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * each < runs ? (task + 1) * each : runs;
    for (int64_t i = task * each; i < end; i++) {
      const int64_t row = i / pieces, from = i % pieces * PIECE;
      const int64_t o = row / args.middle, m = row % args.middle;
      const int count = args.inner - from < PIECE ? static_cast<int>(args.inner - from) : PIECE;
      const float* a = args.a + o * args.aStrides[0] + m * args.aStrides[1] + from * args.aStrides[2];
      const float* b = args.b + o * args.bStrides[0] + m * args.bStrides[1] + from * args.bStrides[2];
      run<OPERATION, PAST>(a, args.aStrides[2], b, args.bStrides[2], args.out + row * args.inner + from, count);
    }
  });
}

}  // namespace

template <int OPERATION>
void sized(const Binary& args) {
  constexpr int64_t PAST_CACHES = 1 << 21;  // floats that no cache keeps until they are read
  const bool past = static_cast<int64_t>(args.outer) * args.middle * args.inner >= PAST_CACHES;
  return past && canStream(args.out, args.inner) ? all<OPERATION, true>(args) : all<OPERATION, false>(args);
}

void binary(const Binary& args) {
  if (args.operation == 0) sized<0>(args);
  if (args.operation == 1) sized<1>(args);
  if (args.operation == 2) sized<2>(args);
}

}  // namespace ISA
}  // namespace spiking
