// Products with few rows or a short depth, of numbers as they lie in memory: packing would cost more than the product.
#pragma once
#include "matmul.h"

namespace spiking {
namespace ISA {

// A short inner dimension: one pass over C.
static void multiplyShort(const Matmul& m) {
  const Strides strides(m);
  const int each = m.N > 16384 ? 1 : 16384 / m.N;
  parallel((m.M + each - 1) / each, 0, [&](int task, float*) {
    for (int i = task * each; i < atMost(m.M, (task + 1) * each); i++) {
      const float* a = m.A + i * strides.aRow;
      for (int j = 0; j < m.N; j += W) {
        const int lanes = atMost(W, m.N - j);
        vf total = m.bias == nullptr ? vf{} : load(m.bias + j, lanes);
        for (int k = 0; k < m.K; k++) total += a[k * strides.aDepth] * load(m.B + static_cast<int64_t>(k) * m.N + j, lanes);
        store(m.C + static_cast<int64_t>(i) * m.N + j, total, lanes);
      }
    }
  });
}

// A few rows of A.
static void multiplyThin(const Matmul& m) {
  const Strides strides(m);
  constexpr int WIDE = 8 * W;
  const bool small = static_cast<int64_t>(m.M) * m.N * m.K < 1 << 16;
  if (m.transposeB) {
    // Waking the other threads costs more than a small product.
    const int strip = small ? m.N : 64, tasks = (m.N + strip - 1) / strip;
    parallel(tasks, 0, [&](int task, float*) {
      for (int j = task * strip; j < atMost(m.N, (task + 1) * strip); j++) {
        for (int i = 0; i < m.M; i++) {
          vf total = {};
          const float *a = m.A + i * strides.aRow, *b = m.B + j * strides.bColumn;
          float rest = m.bias == nullptr ? 0 : m.bias[j];
          int k = 0;
          if (strides.aDepth == 1) {
            for (; k + W <= m.K; k += W) total += load(a + k) * load(b + k);
          }
          for (; k < m.K; k++) rest += a[k * strides.aDepth] * b[k];
          m.C[static_cast<int64_t>(i) * m.N + j] = sum(total) + rest;
        }
      }
    });
    return;
  }
  parallel((m.N + WIDE - 1) / WIDE, 0, [&](int task, float*) {
    const int from = task * WIDE, columns = atMost(WIDE, m.N - from), vectors = (columns + W - 1) / W;
    for (int i = 0; i < m.M; i++) {
      vf acc[8];
      for (int v = 0; v < vectors; v++) {
        acc[v] = m.bias == nullptr ? vf{} : load(m.bias + from + v * W, atMost(W, columns - v * W));
      }
      for (int k = 0; k < m.K; k++) {
        const vf a = splat(m.A[i * strides.aRow + k * strides.aDepth]);
        const float* b = m.B + k * strides.bDepth + from;
        if (columns == WIDE) {
#pragma GCC unroll 8
          for (int v = 0; v < 8; v++) acc[v] += a * load(b + v * W);
        } else {
          for (int v = 0; v < vectors; v++) acc[v] += a * load(b + v * W, atMost(W, columns - v * W));
        }
      }
      for (int v = 0; v < vectors; v++) {
        store(m.C + static_cast<int64_t>(i) * m.N + from + v * W, acc[v], atMost(W, columns - v * W));
      }
    }
  });
}

// A few rows of A and a long inner dimension: one pass over the B of each pair, its rows shared out in parts that the shape
// decides.
static void multiplyTall(const Matmul& m) {
  const Strides strides(m);
  constexpr int MOST_PARTS = 16;
  const int most = (m.K + 255) / 256, parts = atMost(most, MOST_PARTS), each = (m.K + parts - 1) / parts;
  const int64_t size = static_cast<int64_t>(m.M + 1) * m.N;
  float* sums = static_cast<float*>(keptMemory(Kept::sums, sizeof(float) * size * parts * m.batches));
  parallel(parts * m.batches, 0, [&](int task, float*) {
    Matmul one = m;
    one.A += task / parts * m.strideA, one.B += task / parts * m.strideB;
    float* mine = sums + task * size;
    memset(mine, 0, sizeof(float) * size);
    constexpr int BLOCK = 32;  // rows of B that stay near while every row of A has its turn
    const int end = atMost(m.K, (task % parts + 1) * each);
    for (int k = task % parts * each; k < end; k += BLOCK) {
      const Range depth = {k, atMost(k + BLOCK, end)};
      for (int i = 0; i < m.M; i++) addColumns(one, one.A + i * strides.aRow, strides.aDepth, depth, {0, m.N}, mine + i * m.N);
      if (m.columnSums != nullptr) addColumns(one, nullptr, 0, depth, {0, m.N}, mine + static_cast<int64_t>(m.M) * m.N);
    }
  });
  for (int batch = 0; batch < m.batches; batch++) {
    float* C = m.C + static_cast<int64_t>(batch) * m.M * m.N;
    for (int i = 0; i < m.M; i++) {
      for (int j = 0; j < m.N; j++) C[static_cast<int64_t>(i) * m.N + j] = m.bias == nullptr ? 0 : m.bias[j];
    }
    addParts(C, sums + batch * parts * size, size - m.N, size, parts);
  }
  if (m.columnSums == nullptr) return;
  memset(m.columnSums, 0, sizeof(float) * m.N);
  addParts(m.columnSums, sums + size - m.N, m.N, size, parts);
}

}  // namespace ISA
}  // namespace spiking
