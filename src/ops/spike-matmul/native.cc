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

#if !defined(__AMX_INT8__)
/** Share of non-zeros below which adding up by them beats the dense product (test/bench/NOTES.md has the measurements). */
constexpr double SPARSE_BELOW = 0.6;

// By a share of the rows, spread evenly.
bool isSparse(const float* S, int rows, int K) {
  constexpr int SAMPLE = 256;
  if (K > sparse::MOST) return false;
  const int step = rows > SAMPLE ? rows / SAMPLE : 1;
  int64_t some = 0, seen = 0;
  for (int row = 0; row < rows; row += step, seen += K) {
    for (int k = 0; k < K; k++) some += S[static_cast<int64_t>(row) * K + k] != 0;
  }
  return some < SPARSE_BELOW * seen;
}
#endif

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

// dense: the same as a plain product.
template <typename Sparse>
void choose(const float* S, int rows, int K, const Matmul& dense, const Sparse& bySpikes) {
#if defined(__AMX_INT8__)
  const float unit = unitOf(S, static_cast<int64_t>(rows) * K);
  if (unit != 0) return tiles::multiply(dense, tiles::Spikes{unit});
  (void)bySpikes;
#else
  if (isSparse(S, rows, K)) return bySpikes();
#endif
  matmul(dense);
}

}  // namespace

void spikeForward(const SpikeForward& args) {
  const Matmul dense = {args.rows, args.cols, args.K, false, false, args.S, args.weights, args.bias, args.y, nullptr, 1, 0, 0};
  choose(args.S, args.rows, args.K, dense, [&] { sparse::forward(args); });
}

void spikeWeights(const SpikeWeights& args) {
  const Matmul dense = {args.K, args.cols, args.rows, true, false, args.S, args.dY, nullptr, args.dW, args.db, 1, 0, 0};
  choose(args.S, args.rows, args.K, dense, [&] { sparse::weights(args); });
}

}  // namespace ISA
}  // namespace spiking
