// Products with spikes: which form takes them. All forms are there for any numbers, and give the same but for rounding.
#include "../matmul/matmul.h"
#include "sparse.h"
#if defined(__AMX_INT8__)
#include "../matmul/tile-product.h"
#include "../matmul/tile-spikes.h"
#endif

namespace spiking {
namespace ISA {

namespace {

/** Share of non-zeros below which adding up by them beats the dense product (test/bench/NOTES.md has the measurements). */
#if defined(__AMX_INT8__)
constexpr double SPARSE_BELOW = 0.05;
#else
constexpr double SPARSE_BELOW = 0.3;
#endif

bool isSparse(const float* S, int64_t size) {
  constexpr int64_t EACH = 1 << 16;
  const int tasks = static_cast<int>((size + EACH - 1) / EACH);
  int64_t* counts = static_cast<int64_t*>(keptMemory(Kept::partials, sizeof(int64_t) * tasks));
  parallel(tasks, 0, [&](int task, float*) {
    vi count = {};
    const int64_t end = (task + 1) * EACH < size ? (task + 1) * EACH : size;
    for (int64_t i = task * EACH; i < end; i += W) count -= load(S + i, end - i < W ? static_cast<int>(end - i) : W) != vf{};
    counts[task] = 0;
    for (int lane = 0; lane < W; lane++) counts[task] += count[lane];
  });
  int64_t all = 0;
  for (int task = 0; task < tasks; task++) all += counts[task];
  return all < SPARSE_BELOW * size;
}

#if defined(__AMX_INT8__)
/**
 * The number that non-zeros of S are, as far as its beginning shows; 0 where they are several or extreme, 1 where there
 * are none. Blocks with other numbers further on are found in passing (tiles::Spikes).
 */
float unitOf(const float* S, int64_t size) {
  constexpr int64_t ENOUGH = 1 << 13;
  int64_t i = 0;
  for (; i + 16 <= size && _mm512_cmp_ps_mask(_mm512_loadu_ps(S + i), _mm512_setzero_ps(), _CMP_NEQ_UQ) == 0;) i += 16;
  while (i < size && S[i] == 0) i++;
  if (i == size) return 1;
  const float unit = S[i];
  for (const int64_t end = size - i < ENOUGH ? size : i + ENOUGH; i < end; i++) {
    if (S[i] != 0 && S[i] != unit) return 0;
  }
  return fabsf(unit) > 1e-6f && fabsf(unit) < 1e6f ? unit : 0;
}
#endif

template <typename Sparse>
void choose(const float* S, const Matmul& dense, const Sparse& bySpikes) {
  const int64_t size = static_cast<int64_t>(dense.M) * dense.K;
#if defined(__AMX_INT8__)
  const float unit = unitOf(S, size);
  if (unit != 0) return tiles::multiply(dense, tiles::Spikes{unit});
#endif
  if (isSparse(S, size)) bySpikes();
  else matmul(dense);
}

}  // namespace

void spikeForward(const SpikeForward& args) {
  const Matmul dense = {args.rows, args.cols, args.K, false, false, args.S, args.weights, args.bias, args.y, nullptr, 1, 0, 0};
  choose(args.S, dense, [&] { sparse::forward(args); });
}

void spikeWeights(const SpikeWeights& args) {
  const Matmul dense = {args.K, args.cols, args.rows, true, false, args.S, args.dY, nullptr, args.dW, args.db, 1, 0, 0};
  choose(args.S, dense, [&] { sparse::weights(args); });
}

}  // namespace ISA
}  // namespace spiking
