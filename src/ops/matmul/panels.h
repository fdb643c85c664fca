// Products in vectors: panels of both sides are packed in the order in which the register block reads them.
#pragma once
#include "matmul.h"
#include "register-block.h"

namespace spiking {
namespace ISA {
namespace panels {

constexpr int DEPTH = 256;                 // of the packed panels
constexpr int MOST_ROWS = BLOCK_ROWS * 16; // of A packed at once
constexpr int MOST_COLUMNS = 512;          // of B packed at once

/**
 * Rows of A as panels of BLOCK_ROWS: where depths are contiguous, [depth / W][row][W], which copies whole vectors; otherwise
 * [depth][row]. Places behind the last row or depth hold anything.
 */
template <bool ALONG>
struct LeftPanels {
  static constexpr int ROW = ALONG ? W : 1;
  static int floats(int depth) { return BLOCK_ROWS * roundUp(depth, W); }
  static int offset(int k) { return ALONG ? k / W * W * BLOCK_ROWS + k % W : k * BLOCK_ROWS; }

  static void pack(float* to, const float* A, int64_t stride, int rows, int depth) {
    for (int i = 0; i < rows; i += BLOCK_ROWS, to += floats(depth)) {
      const int count = atMost(BLOCK_ROWS, rows - i);
      if (ALONG) {
        for (int r = 0; r < count; r++) {
          const float* from = A + (i + r) * stride;
          for (int k = 0; k < depth; k += W) store(to + (k * BLOCK_ROWS + r * W), load(from + k, atMost(W, depth - k)));
        }
      } else {
        for (int k = 0; k < depth; k++) memcpy(to + k * BLOCK_ROWS, A + i + k * stride, sizeof(float) * count);
      }
    }
  }
};

// [depth][BLOCK_COLUMNS], zeros right of the last column.
static void packColumns(float* to, const float* B, int64_t depthStride, int64_t columnStride, int columns, int depth) {
  if (columns < BLOCK_COLUMNS) memset(to, 0, sizeof(float) * BLOCK_COLUMNS * depth);
  if (columnStride == 1) {
    for (int k = 0; k < depth; k++) memcpy(to + k * BLOCK_COLUMNS, B + k * depthStride, sizeof(float) * columns);
  } else {
    for (int c = 0; c < columns; c++) {
      for (int k = 0; k < depth; k++) to[k * BLOCK_COLUMNS + c] = B[c * columnStride + k * depthStride];
    }
  }
}

// Packed panels of A times one of B, into columns of C: `base` and the product where first, otherwise C and the product.
template <typename Left>
static void multiplyPanels(const float* a, const float* b, int depth, const Depth* depths, float* C, int64_t stride, int rows,
                           int columns, bool first, const vf (&base)[2]) {
  for (int i = 0; i < rows; i += BLOCK_ROWS, a += Left::floats(depth), C += BLOCK_ROWS * stride) {
    vf acc[BLOCK_ROWS][2];
#pragma GCC unroll 16
    for (int r = 0; r < BLOCK_ROWS; r++) acc[r][0] = base[0], acc[r][1] = base[1];
    multiplyRows<Left::ROW>(acc, a, b, depths, depth);
    storeRows(C, stride, acc, rows - i, columns, !first);
  }
}

template <bool ALONG>
static void multiply(const Matmul& m) {
  typedef LeftPanels<ALONG> Left;
  const Strides strides(m);
  const Cut cut(m, MOST_ROWS, MOST_COLUMNS, BLOCK_ROWS, DEPTH);
  // B is packed once for all tasks, unless each has depths of its own.
  const bool shared = cut.rowTasks > 1 && cut.parts == 1;
  const int columnPanels = (m.N + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  auto packB = [&](float* to, int panel, Range depth) {
    const int column = panel * BLOCK_COLUMNS;
    packColumns(to, m.B + depth.from * strides.bDepth + column * strides.bColumn, strides.bDepth, strides.bColumn,
                atMost(BLOCK_COLUMNS, m.N - column), depth.size());
  };
  const size_t ofPanel = static_cast<size_t>(BLOCK_COLUMNS) * m.K;
  float* all = nullptr;
  if (shared) {
    all = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * ofPanel * columnPanels));
    parallel(columnPanels, 0, [&](int panel, float*) { packB(all + panel * ofPanel, panel, {0, m.K}); });
  }
  const size_t memoryOfA = static_cast<size_t>(cut.rowsEach) * DEPTH;
  const size_t memoryOfB = shared ? 0 : static_cast<size_t>(BLOCK_COLUMNS) * DEPTH;
  inTasks(m, cut, m.columnSums != nullptr, memoryOfA + memoryOfB + 2 * (DEPTH + AHEAD), [&](Range rows, Range columns, Range depth, float* C, float* sums, float* memory) {
    float *packedA = memory, *packedB = memory + memoryOfA;
    Depth* depths = reinterpret_cast<Depth*>(packedB + memoryOfB);
    for (int k = 0; k < DEPTH + AHEAD; k++) depths[k] = {Left::offset(k), k * BLOCK_COLUMNS};
    for (int k = depth.from; k < depth.to; k += DEPTH) {
      const int deep = atMost(DEPTH, depth.to - k);
      Left::pack(packedA, m.A + rows.from * strides.aRow + k * strides.aDepth, ALONG ? strides.aRow : strides.aDepth, rows.size(), deep);
      if (sums != nullptr) addColumns(m, nullptr, 0, {k, k + deep}, columns, sums);
      for (int j = columns.from; j < columns.to; j += BLOCK_COLUMNS) {
        const int panel = j / BLOCK_COLUMNS;
        if (!shared) packB(packedB, panel, {k, k + deep});
        const float* b = shared ? all + panel * ofPanel + static_cast<size_t>(k) * BLOCK_COLUMNS : packedB;
        const int here = atMost(BLOCK_COLUMNS, columns.to - j);
        vf base[2] = {};
        if (k == 0 && m.bias != nullptr) memcpy(base, m.bias + j, sizeof(float) * here);
        multiplyPanels<Left>(packedA, b, deep, depths, C + static_cast<int64_t>(rows.from) * m.N + j, m.N, rows.size(), here,
                             k == depth.from, base);
      }
    }
  });
}

}  // namespace panels
}  // namespace ISA
}  // namespace spiking
