// Products in vectors: panels of both sides are packed in the order in which the register block reads them.
#pragma once
#include "matmul.h"

namespace spiking {
namespace ISA {
namespace panels {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int BLOCK_ROWS = 12;  // 24 accumulators of 32 registers
#else
constexpr int BLOCK_ROWS = 6;  // 12 of 16
#endif
constexpr int BLOCK_COLUMNS = 2 * W;
constexpr int DEPTH = 256;                       // of the packed panels
constexpr int MOST_ROWS = BLOCK_ROWS * 32;       // of A packed at once
constexpr int MOST_COLUMNS = 512;                // of B packed at once

// [depth][BLOCK_ROWS] panels, zeros below the last row.
static void packRows(float* to, const float* A, int64_t rowStride, int64_t depthStride, int rows, int depth) {
  for (int i = 0; i < rows; i += BLOCK_ROWS, to += BLOCK_ROWS * depth) {
    const int count = atMost(BLOCK_ROWS, rows - i);
    if (depthStride == 1) {
      for (int r = 0; r < count; r++) {
        const float* from = A + (i + r) * rowStride;
        for (int k = 0; k < depth; k++) to[k * BLOCK_ROWS + r] = from[k];
      }
    } else {
      for (int k = 0; k < depth; k++) {
        const float* from = A + i * rowStride + k * depthStride;
        for (int r = 0; r < count; r++) to[k * BLOCK_ROWS + r] = from[r * rowStride];
      }
    }
    for (int r = count; r < BLOCK_ROWS; r++) {
      for (int k = 0; k < depth; k++) to[k * BLOCK_ROWS + r] = 0;
    }
  }
}

// [depth][BLOCK_COLUMNS] panels, zeros right of the last column.
static void packColumns(float* to, const float* B, int64_t depthStride, int64_t columnStride, int columns, int depth) {
  for (int j = 0; j < columns; j += BLOCK_COLUMNS, to += BLOCK_COLUMNS * depth) {
    const int count = atMost(BLOCK_COLUMNS, columns - j);
    if (count < BLOCK_COLUMNS) memset(to, 0, sizeof(float) * BLOCK_COLUMNS * depth);
    if (columnStride == 1) {
      for (int k = 0; k < depth; k++) {
        const float* from = B + k * depthStride + j;
        float* at = to + k * BLOCK_COLUMNS;
        if (count == BLOCK_COLUMNS) {
          store(at, load(from));
          store(at + W, load(from + W));
        } else {
          for (int c = 0; c < count; c++) at[c] = from[c];
        }
      }
    } else {
      for (int c = 0; c < count; c++) {
        const float* from = B + (j + c) * columnStride;
        for (int k = 0; k < depth; k++) to[k * BLOCK_COLUMNS + c] = from[k * depthStride];
      }
    }
  }
}

// C block += or = packed A panel times packed B panel (+ bias at the first depth).
static ALWAYS_INLINE void block(const float* a, const float* b, int depth, float* C, int64_t stride, int rows, int columns,
                         bool first, const float* bias) {
  vf acc[BLOCK_ROWS][2] = {};
  for (int k = 0; k < depth; k++) {
    const vf left = load(b + k * BLOCK_COLUMNS), right = load(b + k * BLOCK_COLUMNS + W);
#pragma GCC unroll 16
    for (int i = 0; i < BLOCK_ROWS; i++) {
      const vf value = splat(a[k * BLOCK_ROWS + i]);
      acc[i][0] += value * left;
      acc[i][1] += value * right;
    }
  }
  const int lanes[2] = {atMost(columns, W), atMost(columns - W, W)};
  for (int half = 0; half < 2 && lanes[half] > 0; half++) {
    const vf start = first && bias != nullptr ? load(bias + half * W, lanes[half]) : vf{};
#pragma GCC unroll 16
    for (int i = 0; i < BLOCK_ROWS; i++) {
      if (i >= rows) break;
      float* at = C + i * stride + half * W;
      store(at, acc[i][half] + (first ? start : load(at, lanes[half])), lanes[half]);
    }
  }
}

static void multiply(const Matmul& m) {
  const Strides strides(m);
  const Cut cut(m, MOST_ROWS, MOST_COLUMNS, BLOCK_ROWS, DEPTH);
  const size_t memoryOfA = static_cast<size_t>(DEPTH) * MOST_ROWS, memoryOfB = static_cast<size_t>(DEPTH) * MOST_COLUMNS;
  inTasks(m, cut, m.columnSums != nullptr, memoryOfA + memoryOfB, [&](Range rows, Range columns, Range depth, float* C, float* sums, float* memory) {
    float *packedA = memory, *packedB = memory + memoryOfA;
    for (int k = depth.from; k < depth.to; k += DEPTH) {
      const int deep = atMost(DEPTH, depth.to - k);
      packRows(packedA, m.A + rows.from * strides.aRow + k * strides.aDepth, strides.aRow, strides.aDepth, rows.size(), deep);
      packColumns(packedB, m.B + k * strides.bDepth + columns.from * strides.bColumn, strides.bDepth, strides.bColumn,
                  columns.size(), deep);
      if (sums != nullptr) addColumns(m, nullptr, 0, {k, k + deep}, columns, sums);
      for (int j = 0; j < columns.size(); j += BLOCK_COLUMNS) {
        for (int i = 0; i < rows.size(); i += BLOCK_ROWS) {
          block(packedA + static_cast<size_t>(i) * deep, packedB + static_cast<size_t>(j) * deep, deep,
                C + static_cast<int64_t>(rows.from + i) * m.N + columns.from + j, m.N, atMost(BLOCK_ROWS, rows.size() - i),
                atMost(BLOCK_COLUMNS, columns.size() - j), k == depth.from,
                k == 0 && m.bias ? m.bias + columns.from + j : nullptr);
        }
      }
    }
  });
}

}  // namespace panels
}  // namespace ISA
}  // namespace spiking
