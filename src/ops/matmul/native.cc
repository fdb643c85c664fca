// Dense matrix products. Panels of both sides are packed in the order in which the register block reads them; the
// inner dimension is cut at fixed places, so that the sums do not depend on the number of threads.
#include "../../backend/native/pool.h"
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"
#include "tiles.h"

namespace spiking {
namespace ISA {

namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int BLOCK_ROWS = 12;  // 24 accumulators of 32 registers
#else
constexpr int BLOCK_ROWS = 6;  // 12 of 16
#endif
constexpr int BLOCK_COLUMNS = 2 * W;
constexpr int DEPTH = 256;                       // of the packed panels
constexpr int MOST_ROWS = BLOCK_ROWS * 32;       // of A packed at once
constexpr int MOST_COLUMNS = 512;                // of B packed at once

int atMost(int a, int b) { return a < b ? a : b; }
int roundUp(int a, int b) { return (a + b - 1) / b * b; }

// [depth][BLOCK_ROWS] panels, zeros below the last row.
void packRows(float* to, const float* A, int64_t rowStride, int64_t depthStride, int rows, int depth) {
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
void packColumns(float* to, const float* B, int64_t depthStride, int64_t columnStride, int columns, int depth) {
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
ALWAYS_INLINE void block(const float* a, const float* b, int depth, float* C, int64_t stride, int rows, int columns,
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

struct Strides {
  int64_t aRow, aDepth, bDepth, bColumn;
  explicit Strides(const Matmul& m)
      : aRow(m.transposeA ? 1 : m.K), aDepth(m.transposeA ? m.M : 1), bDepth(m.transposeB ? 1 : m.N),
        bColumn(m.transposeB ? m.K : 1) {}
};

#if defined(__AMX_BF16__)
constexpr int TASK_ROWS = tiles::MOST_ROWS;  // enough for the packing of B to be small beside the product
size_t packedFloats() { return tiles::scratchFloats(); }
#else
constexpr int TASK_ROWS = MOST_ROWS;
size_t packedFloats() { return static_cast<size_t>(DEPTH) * (MOST_ROWS + MOST_COLUMNS); }
#endif

// sums[j] += over depths [from, to) of B[k][j], or of a[k] B[k][j], for `columns` columns of B from `column` on.
void addColumns(const Matmul& m, const float* a, int64_t aDepth, int from, int to, int column, int columns, float* sums) {
  for (int k = from; k < to; k++) {
    const float* b = m.B + static_cast<int64_t>(k) * m.N + column;
    const vf factor = splat(a == nullptr ? 1 : a[k * aDepth]);
    int j = 0;
    for (; j + W <= columns; j += W) store(sums + column + j, load(sums + column + j) + factor * load(b + j));
    for (; j < columns; j++) sums[column + j] += factor[0] * b[j];
  }
}

// Rows [row, row + rows) of C over depths [from, to), and the sums of B's columns over them, if wanted.
void multiplyRows(const Matmul& m, int row, int rows, int from, int to, float* C, float* columnSums, float* memory) {
  auto seen = [&](int k, int depth, int column, int columns) {
    if (columnSums != nullptr) addColumns(m, nullptr, 0, k, k + depth, column, columns, columnSums);
  };
  const Strides strides(m);
#if defined(__AMX_BF16__)
  tiles::multiply({m.A, strides.aRow, strides.aDepth}, {m.B, strides.bColumn, strides.bDepth}, m.unit,
                  m.N, row, rows, from, to, C, from == 0 ? m.bias : nullptr, memory, seen);
  return;
#endif
  float *packedA = memory, *packedB = memory + static_cast<size_t>(DEPTH) * MOST_ROWS;
  for (int k = from; k < to; k += DEPTH) {
    const int depth = atMost(DEPTH, to - k);
    packRows(packedA, m.A + row * strides.aRow + k * strides.aDepth, strides.aRow, strides.aDepth, rows, depth);
    for (int column = 0; column < m.N; column += MOST_COLUMNS) {
      const int columns = atMost(MOST_COLUMNS, m.N - column);
      packColumns(packedB, m.B + k * strides.bDepth + column * strides.bColumn, strides.bDepth, strides.bColumn,
                  columns, depth);
      seen(k, depth, column, columns);
      for (int j = 0; j < columns; j += BLOCK_COLUMNS) {
        for (int i = 0; i < rows; i += BLOCK_ROWS) {
          block(packedA + static_cast<size_t>(i) * depth, packedB + static_cast<size_t>(j) * depth, depth,
                C + static_cast<int64_t>(row + i) * m.N + column + j, m.N, atMost(BLOCK_ROWS, rows - i),
                atMost(BLOCK_COLUMNS, columns - j), k == from, from == 0 && m.bias ? m.bias + column + j : nullptr);
        }
      }
    }
  }
}

// A short inner dimension: one pass over C.
void multiplyShort(const Matmul& m) {
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

// A few rows of A with B as it lies in memory: packing would cost more than the product.
void multiplyThin(const Matmul& m) {
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

// to[i] += each of the others, part after part.
void addParts(float* to, const float* others, int64_t size, int64_t stride, int parts) {
  if (parts == 0) return;
  constexpr int64_t STRIP = 16384;
  parallel(static_cast<int>((size + STRIP - 1) / STRIP), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * STRIP < size ? (task + 1) * STRIP : size;
    for (int part = 0; part < parts; part++) {
      for (int64_t i = task * STRIP; i < end; i++) to[i] += others[part * stride + i];
    }
  });
}

// A few rows of A and a long inner dimension: one pass over B, its rows shared out in parts that the shape decides.
void multiplyTall(const Matmul& m) {
  const Strides strides(m);
  constexpr int MOST_PARTS = 16;
  const int most = (m.K + 255) / 256, parts = atMost(most, MOST_PARTS), each = (m.K + parts - 1) / parts;
  const int64_t size = static_cast<int64_t>(m.M + 1) * m.N;
  float* sums = static_cast<float*>(keptMemory(Kept::sums, sizeof(float) * size * parts));
  parallel(parts, 0, [&](int part, float*) {
    float* mine = sums + part * size;
    memset(mine, 0, sizeof(float) * size);
    constexpr int BLOCK = 32;  // rows of B that stay near while every row of A has its turn
    for (int k = part * each; k < atMost(m.K, (part + 1) * each); k += BLOCK) {
      const int to = atMost(k + BLOCK, atMost(m.K, (part + 1) * each));
      for (int i = 0; i < m.M; i++) addColumns(m, m.A + i * strides.aRow, strides.aDepth, k, to, 0, m.N, mine + i * m.N);
      if (m.columnSums != nullptr) addColumns(m, nullptr, 0, k, to, 0, m.N, mine + static_cast<int64_t>(m.M) * m.N);
    }
  });
  for (int i = 0; i < m.M; i++) {
    for (int j = 0; j < m.N; j++) m.C[static_cast<int64_t>(i) * m.N + j] = m.bias == nullptr ? 0 : m.bias[j];
  }
  addParts(m.C, sums, size - m.N, size, parts);
  if (m.columnSums == nullptr) return;
  memset(m.columnSums, 0, sizeof(float) * m.N);
  addParts(m.columnSums, sums + size - m.N, m.N, size, parts);
}

void multiplyOne(const Matmul& m) {
  if (m.M <= 4 && !m.transposeB && (m.K >= 512 || m.columnSums != nullptr)) return multiplyTall(m);
  if (m.M <= 4) return multiplyThin(m);
  if (m.K <= 4 && !m.transposeB && m.columnSums == nullptr) return multiplyShort(m);
  // With few rows and a long inner dimension (weight gradients) the depth is shared out, each part with a sum of its
  // own; the parts depend on the shape alone.
  const int rowParts = (m.M + TASK_ROWS - 1) / TASK_ROWS;
  const int64_t depths = m.K / (4 * DEPTH);
  const int parts = rowParts >= 8 || depths < 2 ? 1 : static_cast<int>(depths < 16 / rowParts ? depths : 16 / rowParts);
  const int rowsEach = roundUp((m.M + rowParts - 1) / rowParts, TASK_ROWS == MOST_ROWS ? BLOCK_ROWS : 32);
  const int rowTasks = (m.M + rowsEach - 1) / rowsEach;
  const int64_t size = static_cast<int64_t>(m.M) * m.N;
  const int depthEach = roundUp((m.K + parts - 1) / parts, DEPTH);
  const int64_t columns = m.columnSums == nullptr ? 0 : m.N;
  const size_t kept = sizeof(float) * (size + columns) * (parts - 1);
  float* sums = parts > 1 ? static_cast<float*>(keptMemory(Kept::sums, kept)) : nullptr;
  float* columnSums = sums + size * (parts - 1);  // behind the products, of all parts but the first
  parallel(rowTasks * parts, packedFloats(), [&](int task, float* memory) {
    const int part = task / rowTasks, row = task % rowTasks * rowsEach;
    const int from = part * depthEach;
    float* C = part == 0 ? m.C : sums + (part - 1) * size;
    float* ofColumns = columns == 0 || row > 0 ? nullptr : part == 0 ? m.columnSums : columnSums + (part - 1) * columns;
    if (ofColumns != nullptr) memset(ofColumns, 0, sizeof(float) * columns);
    if (from >= m.K) {
      for (int64_t i = static_cast<int64_t>(row) * m.N; i < atMost(row + rowsEach, m.M) * static_cast<int64_t>(m.N); i++) C[i] = 0;
      return;
    }
    multiplyRows(m, row, atMost(rowsEach, m.M - row), from, atMost(m.K, from + depthEach), C, ofColumns, memory);
  });
  addParts(m.C, sums, size, size, parts - 1);
  if (columns > 0) addParts(m.columnSums, columnSums, columns, columns, parts - 1);
}

}  // namespace

void matmul(const Matmul& m) {
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
