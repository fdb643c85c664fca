// What the forms of the matrix product share.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

void matmul(const Matmul& m);

static inline int atMost(int a, int b) { return a < b ? a : b; }
static inline int roundUp(int a, int b) { return (a + b - 1) / b * b; }

struct Strides {
  int64_t aRow, aDepth, bDepth, bColumn;
  explicit Strides(const Matmul& m)
      : aRow(m.transposeA ? 1 : m.K), aDepth(m.transposeA ? m.M : 1), bDepth(m.transposeB ? 1 : m.N),
        bColumn(m.transposeB ? m.K : 1) {}
};

struct Range {
  int from, to;
  int size() const { return to - from; }
};

// sums[j] += over depths of B[k][j], or of a[k] B[k][j], for some columns of B.
static inline void addColumns(const Matmul& m, const float* a, int64_t aDepth, Range depth, Range columns, float* sums) {
  for (int k = depth.from; k < depth.to; k++) {
    const float* b = m.B + static_cast<int64_t>(k) * m.N;
    const vf factor = splat(a == nullptr ? 1 : a[k * aDepth]);
    int j = columns.from;
    for (; j + W <= columns.to; j += W) store(sums + j, load(sums + j) + factor * load(b + j));
    for (; j < columns.to; j++) sums[j] += factor[0] * b[j];
  }
}

// to[i] += each of the others, part after part.
static inline void addParts(float* to, const float* others, int64_t size, int64_t stride, int parts) {
  if (parts == 0) return;
  constexpr int64_t STRIP = 16384;
  parallel(static_cast<int>((size + STRIP - 1) / STRIP), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * STRIP < size ? (task + 1) * STRIP : size;
    for (int part = 0; part < parts; part++) {
      for (int64_t i = task * STRIP; i < end; i++) to[i] += others[part * stride + i];
    }
  });
}

/**
 * How a product is cut into tasks, by its shape alone: blocks of rows and columns and, where there are few rows and a
 * long depth (weight gradients), parts of the depth, each with a sum of its own.
 */
struct Cut {
  int rowsEach, columnsEach, depthEach;
  int rowTasks, columnTasks, parts;

  Cut(const Matmul& m, int mostRows, int mostColumns, int rowStep, int depthStep) {
    const int rowParts = (m.M + mostRows - 1) / mostRows;
    const int most = rowParts >= 8 ? 1 : 16 / rowParts, depths = m.K / 1024;
    parts = depths < 2 ? 1 : atMost(depths, most);
    depthEach = roundUp((m.K + parts - 1) / parts, depthStep);
    parts = (m.K + depthEach - 1) / depthEach;
    rowsEach = roundUp((m.M + rowParts - 1) / rowParts, rowStep);
    columnsEach = atMost(mostColumns, roundUp(m.N, 32));
    const bool large = static_cast<int64_t>(m.M) * m.N * m.K > 1 << 20;
    auto count = [&] {
      rowTasks = (m.M + rowsEach - 1) / rowsEach;
      columnTasks = (m.N + columnsEach - 1) / columnsEach;
      return rowTasks * columnTasks * parts;
    };
    while (count() < 8 && large && rowsEach > 2 * rowStep) rowsEach = roundUp(rowsEach / 2, rowStep);
    while (count() < 8 && large && columnsEach > 64) columnsEach = roundUp(columnsEach / 2, 32);
  }
};

/**
 * Runs work(rows, columns, depth, C, sums, memory) for each task of a cut; C [M, N] is a part's own until all parts are
 * added up. So are the sums of B's columns: null where they are not wanted or another task has them.
 */
template <typename Work>
static inline void inTasks(const Matmul& m, const Cut& cut, bool columnSums, size_t scratchFloats, const Work& work) {
  const int64_t size = static_cast<int64_t>(m.M) * m.N, ofColumns = columnSums ? m.N : 0;
  const int others = cut.parts - 1;
  float* sums = others == 0 ? nullptr : static_cast<float*>(keptMemory(Kept::sums, sizeof(float) * (size + ofColumns) * others));
  parallel(cut.rowTasks * cut.columnTasks * cut.parts, scratchFloats, [&](int task, float* memory) {
    const int part = task % cut.parts, block = task / cut.parts;
    const int row = block % cut.rowTasks * cut.rowsEach, column = block / cut.rowTasks * cut.columnsEach;
    const Range rows = {row, atMost(m.M, row + cut.rowsEach)}, columns = {column, atMost(m.N, column + cut.columnsEach)};
    const Range depth = {part * cut.depthEach, atMost(m.K, (part + 1) * cut.depthEach)};
    float* of = part == 0 ? m.columnSums : sums + size * others + (part - 1) * ofColumns;
    if (!columnSums || row > 0) of = nullptr;
    if (of != nullptr) memset(of + column, 0, sizeof(float) * columns.size());
    work(rows, columns, depth, part == 0 ? m.C : sums + (part - 1) * size, of, memory);
  });
  addParts(m.C, sums, size, size, others);
  if (columnSums) addParts(m.columnSums, sums + size * others, ofColumns, ofColumns, others);
}

}  // namespace ISA
}  // namespace spiking
