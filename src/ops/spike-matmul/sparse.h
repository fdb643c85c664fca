// Products with a matrix that is mostly zeros by its non-zeros alone, so the time goes with them. A strip of W's columns
// small enough for the nearest caches serves all rows.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

namespace sparse {

constexpr int VECTORS = 8;            // accumulators of one row of a strip
constexpr int STRIP = VECTORS * W;    // columns of a strip
constexpr int ROWS = 256;             // of a task

static int strips(int cols) { return (cols + STRIP - 1) / STRIP; }

// Places of the non-zeros of a row, in order; `places` has room for W more.
static ALWAYS_INLINE int nonZeros(const float* row, int K, int32_t* places) {
  int count = 0, k = 0;
#if defined(__AVX512F__)
  __m512i at = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (; k + W <= K; k += W) {
    const __mmask16 kept = _mm512_cmp_ps_mask(_mm512_loadu_ps(row + k), _mm512_setzero_ps(), _CMP_NEQ_UQ);
    _mm512_storeu_si512(places + count, _mm512_maskz_compress_epi32(kept, at));
    count += __builtin_popcount(kept);
    at = _mm512_add_epi32(at, _mm512_set1_epi32(W));
  }
#endif
  for (; k < K; k++) {  // branch-free: every place is written, only non-zeros are kept
    places[count] = k;
    count += row[k] != 0;
  }
  return count;
}

/** The non-zeros of up to ROWS rows. */
struct Block {
  int32_t *places, *counts;
  int width;
  static size_t floats(int K) { return static_cast<size_t>(ROWS) * (K + W) + ROWS; }
  Block(float* memory, const float* S, int rows, int K)
      : places(reinterpret_cast<int32_t*>(memory)), counts(places + ROWS * (K + W)), width(K + W) {
    for (int r = 0; r < rows; r++) counts[r] = nonZeros(S + static_cast<int64_t>(r) * K, K, places + r * width);
  }
  const int32_t* row(int r) const { return places + r * width; }
};

static void forward(const SpikeForward& args) {
  const int K = args.K, cols = args.cols, tasks = (args.rows + ROWS - 1) / ROWS;
  parallel(tasks, Block::floats(K), [&](int task, float* memory) {
    const int first = task * ROWS, rows = args.rows - first < ROWS ? args.rows - first : ROWS;
    const Block block(memory, args.S + static_cast<int64_t>(first) * K, rows, K);
    for (int strip = 0; strip < strips(cols); strip++) {
      const int from = strip * STRIP, columns = cols - from < STRIP ? cols - from : STRIP;
      const int vectors = (columns + W - 1) / W;
      auto lanes = [&](int v) { return columns - v * W < W ? columns - v * W : W; };
      for (int r = 0; r < rows; r++) {
        const float* row = args.S + static_cast<int64_t>(first + r) * K;
        const int32_t* at = block.row(r);
        const int count = block.counts[r];
        float* y = args.y + static_cast<int64_t>(first + r) * cols + from;
        vf acc[VECTORS];
        if (columns == STRIP) {
#pragma GCC unroll 8
          for (int v = 0; v < VECTORS; v++) acc[v] = load(args.bias + from + v * W);
          for (int i = 0; i < count; i++) {
            const float* w = args.weights + static_cast<int64_t>(at[i]) * cols + from;
            const vf value = splat(row[at[i]]);
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; v++) acc[v] += value * load(w + v * W);
          }
#pragma GCC unroll 8
          for (int v = 0; v < VECTORS; v++) store(y + v * W, acc[v]);
          continue;
        }
        for (int v = 0; v < vectors; v++) {
          vf total = load(args.bias + from + v * W, lanes(v));
          for (int i = 0; i < count; i++) {
            total += row[at[i]] * load(args.weights + static_cast<int64_t>(at[i]) * cols + from + v * W, lanes(v));
          }
          store(y + v * W, total, lanes(v));
        }
      }
    }
  });
}

static void weights(const SpikeWeights& args) {
  // Each task has a share of the rows and a gradient of its own, strip by strip; the shares depend on the shape alone.
  constexpr int VECTORS = 4, STRIP = VECTORS * W;
  const int K = args.K, cols = args.cols, strips = (cols + STRIP - 1) / STRIP;
  const int blocks = (args.rows + ROWS - 1) / ROWS, parts = blocks < 8 ? blocks : 8;
  const size_t stripVectors = static_cast<size_t>(K + 1) * VECTORS;  // dW, then db
  const size_t size = strips * stripVectors;
  vf* all = static_cast<vf*>(keptMemory(Kept::sums, sizeof(vf) * size * parts));
  parallel(parts, Block::floats(K), [&](int part, float* memory) {
    vf* sums = all + part * size;
    memset(static_cast<void*>(sums), 0, sizeof(vf) * size);
    for (int i = blocks * part / parts; i < blocks * (part + 1) / parts; i++) {
      const int first = i * ROWS, rows = args.rows - first < ROWS ? args.rows - first : ROWS;
      const float* S = args.S + static_cast<int64_t>(first) * K;
      const Block block(memory, S, rows, K);
      for (int strip = 0; strip < strips; strip++) {
        const int from = strip * STRIP, columns = cols - from < STRIP ? cols - from : STRIP;
        vf *dW = sums + strip * stripVectors, *db = dW + K * VECTORS;
        for (int r = 0; r < rows; r++) {
          const float* dy = args.dY + static_cast<int64_t>(first + r) * cols + from;
          vf gradient[VECTORS] = {};
          if (columns == STRIP) {
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) gradient[v] = load(dy + v * W);
          } else {
            memcpy(static_cast<void*>(gradient), dy, sizeof(float) * columns);
          }
#pragma GCC unroll 4
          for (int v = 0; v < VECTORS; v++) db[v] += gradient[v];
          const int32_t* at = block.row(r);
          for (int n = 0; n < block.counts[r]; n++) {
            vf* to = dW + at[n] * VECTORS;
            const vf value = splat(S[static_cast<int64_t>(r) * K + at[n]]);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) to[v] += value * gradient[v];
          }
        }
      }
    }
  });
  parallel(strips, 0, [&](int strip, float*) {
    const int from = strip * STRIP, columns = cols - from < STRIP ? cols - from : STRIP;
    for (int k = 0; k <= K; k++) {
      vf total[VECTORS] = {};
      for (int part = 0; part < parts; part++) {
        const vf* sums = all + part * size + strip * stripVectors + k * VECTORS;
        for (int v = 0; v < VECTORS; v++) total[v] += sums[v];
      }
      float* to = k == K ? args.db + from : args.dW + static_cast<int64_t>(k) * cols + from;
      memcpy(to, total, sizeof(float) * columns);
    }
  });
}

}  // namespace sparse
}  // namespace ISA
}  // namespace spiking
