// A product on the tile unit, whatever its numbers are packed as (`Kind`: Floats or Spikes).
#pragma once
#if defined(__AMX_INT8__)
#include "matmul.h"
#include "tiles.h"

namespace spiking {
namespace ISA {
namespace tiles {

constexpr int MOST_ROWS = 512;      // of a task
constexpr int MOST_COLUMNS = 512;   // so that their panels stay in the second cache
constexpr size_t MOST_SHARED = 64 << 20;  // bytes of B packed at once for all tasks

/** The depth of one pass: all of it where it is short, nearly equal pieces otherwise. */
static inline int passDepth(int depth, int step) {
  const int passes = (depth + MOST_DEPTH - 1) / MOST_DEPTH;
  return roundUp((depth + passes - 1) / passes, step);
}

/** A block of C in plain floats, for what the packed numbers cannot stand for. */
static void plainBlock(const Matmul& m, Range rows, Range columns, Range depth, float* C, const float* bias) {
  const Strides strides(m);
  for (int r = rows.from; r < rows.to; r++) {
    float sums[PANEL] = {};
    for (int k = depth.from; k < depth.to; k++) {
      const float a = m.A[r * strides.aRow + k * strides.aDepth];
      const float* b = m.B + columns.from * strides.bColumn + k * strides.bDepth;
      for (int c = 0; c < columns.size(); c++) sums[c] += a * b[c * strides.bColumn];
    }
    float* to = C + static_cast<int64_t>(r) * m.N + columns.from;
    for (int c = 0; c < columns.size(); c++) to[c] = sums[c] + (bias == nullptr ? 0 : bias[columns.from + c]);
  }
}

/** Panels of B, packed by a task for itself or by all tasks for each other. */
template <typename Kind>
struct RightPanels {
  int32_t* words;
  bool* fit;
  size_t each;  // words of a panel

  static size_t floats(int panels, size_t each) { return panels * (each + 1); }
  RightPanels(float* memory, int panels, size_t each)
      : words(reinterpret_cast<int32_t*>(memory)), fit(reinterpret_cast<bool*>(words + panels * each)), each(each) {}

  void pack(const Kind& kind, const Matmul& m, int panel, int column, Range depth, float* columnSums) const {
    const Strides strides(m);
    const Range columns = {column, atMost(m.N, column + PANEL)};
    const View B = {m.B, strides.bColumn, strides.bDepth};
    fit[panel] = kind.packRight(words + panel * each, B.from(column, depth.from), columns.size(), depth.size());
    if (columnSums != nullptr) addColumns(m, nullptr, 0, depth, columns, columnSums);
  }
};

/** A block of results that the tile unit has made, on its way to C. */
template <typename Kind>
struct Block {
  const float* sums;
  const int32_t* right;
  int steps, rows, columns;
  float* C;
  int64_t stride;
  bool add;             // to what C holds
  const float* bias;    // or null
  bool* unfit;          // set where results are doubtful
  int done = PANEL;     // rows

  ALWAYS_INLINE void finish(int count) {
    const int to = atMost(done + count, rows);
    __mmask16 doubtful = 0;
    for (; done < to; done++) {
      float* row = C + done * stride;
      if (columns == PANEL) {
        for (int column = 0; column < PANEL; column += W) doubtful |= finish(row + column, done, column, W);
      } else {
        for (int column = 0; column < columns; column += W) doubtful |= finish(row + column, done, column, atMost(W, columns - column));
      }
    }
    if (doubtful != 0) *unfit = true;
  }

 private:
  ALWAYS_INLINE __mmask16 finish(float* to, int row, int column, int lanes) {
    const vf result = Kind::result(sums, row, column, right, steps);
    const vf start = add ? load(to, lanes) : bias == nullptr ? vf{} : load(bias + column, lanes);
    store(to, start + result, lanes);
    return Kind::doubtful(result);
  }
};

template <typename Kind>
static void multiply(const Matmul& m, const Kind& kind) {
  const Strides strides(m);
  const View A = {m.A, strides.aRow, strides.aDepth};
  const Cut cut(m, MOST_ROWS, MOST_COLUMNS, PANEL, MOST_DEPTH);
  const int each = passDepth(cut.depthEach < m.K ? cut.depthEach : m.K, Kind::DEPTH), mostSteps = each / Kind::DEPTH;
  const int passes = (m.K + each - 1) / each, columnPanels = (m.N + PANEL - 1) / PANEL;
  const size_t leftWords = Kind::leftWords(mostSteps), rightWords = Kind::rightWords(mostSteps);
  const size_t sharedFloats = RightPanels<Kind>::floats(passes * columnPanels, rightWords);
  const bool shared = cut.rowTasks > 1 && cut.parts == 1 && sharedFloats * sizeof(float) <= MOST_SHARED;
  auto depthOf = [&](int pass, Range of) { return Range{of.from + pass * each, atMost(of.to, of.from + (pass + 1) * each)}; };
  const int taskPanels = cut.columnsEach / PANEL;
  float* forAll = shared ? static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * sharedFloats)) : nullptr;
  if (shared) {
    const RightPanels<Kind> panels(forAll, passes * columnPanels, rightWords);
    parallel(columnPanels, 0, [&](int panel, float*) {
      const int column = panel * PANEL;
      if (m.columnSums != nullptr) memset(m.columnSums + column, 0, sizeof(float) * atMost(PANEL, m.N - column));
      for (int pass = 0; pass < passes; pass++) {
        panels.pack(kind, m, pass * columnPanels + panel, column, depthOf(pass, {0, m.K}), m.columnSums);
      }
    });
  }
  const size_t own = shared ? 0 : RightPanels<Kind>::floats(taskPanels, rightWords);
  const bool columnSums = m.columnSums != nullptr && !shared;
  inTasks(m, cut, columnSums, 2 * (leftWords + Kind::SUMS) + own, [&](Range rows, Range columns, Range depth, float* C, float* sumsOfB, float* memory) {
    static const Configuration configuration;
    _tile_loadconfig(&configuration);
    // Two panels of A and two blocks of sums: one in use, one on its way.
    int32_t* lefts[2] = {reinterpret_cast<int32_t*>(memory), reinterpret_cast<int32_t*>(memory) + leftWords};
    float* sums[2] = {memory + 2 * leftWords, memory + 2 * leftWords + Kind::SUMS};
    const RightPanels<Kind> panels(shared ? forAll : sums[1] + Kind::SUMS, shared ? passes * columnPanels : taskPanels, rightWords);
    const float* bias = depth.from == 0 ? m.bias : nullptr;
    const int rowPanels = (rows.size() + PANEL - 1) / PANEL, mine = (columns.size() + PANEL - 1) / PANEL;
    bool unfit[MOST_ROWS / PANEL][MOST_COLUMNS / PANEL] = {};
    typename Kind::Left left;
    Block<Kind> block = {};
    int turn = 0;
    for (int pass = 0; depthOf(pass, depth).size() > 0; pass++) {
      const Range deep = depthOf(pass, depth);
      const int steps = (deep.size() + Kind::DEPTH - 1) / Kind::DEPTH;
      const int first = shared ? pass * columnPanels + columns.from / PANEL : 0;
      block.finish(PANEL);
      for (int j = 0; j < mine && !shared; j++) panels.pack(kind, m, j, columns.from + j * PANEL, deep, sumsOfB);
      const int pieces = Kind::Left::pieces(steps), turns = Kind::turns(steps);
      int rowsDue = 0, piecesDue = 0;
      int packed = 0;
      auto pack = [&](int count) __attribute__((always_inline)) {
        for (const int to = atMost(pieces, packed + count); packed < to; packed++) left.pack(packed);
      };
      auto beginLeft = [&](int i) {
        const int row = rows.from + i * PANEL;
        left.begin(kind, lefts[i % 2], A.from(row, deep.from), atMost(PANEL, rows.to - row), deep.size());
        packed = 0;
      };
      beginLeft(0);
      for (int i = 0; i < rowPanels; i++) {
        pack(pieces);
        const bool leftFit = left.fit();
        if (i + 1 < rowPanels) beginLeft(i + 1);
        const int row = rows.from + i * PANEL;
        for (int j = 0; j < mine; j++, turn ^= 1) {
          const int column = columns.from + j * PANEL;
          const int32_t* right = panels.words + (first + j) * rightWords;
          Kind::multiply(lefts[i % 2], right, steps, sums[turn], [&]() __attribute__((always_inline)) {
            for (rowsDue += PANEL; rowsDue >= turns; rowsDue -= turns) block.finish(1);
            for (piecesDue += pieces; piecesDue >= turns * mine; piecesDue -= turns * mine) pack(1);
          });
          if (!leftFit || !panels.fit[first + j]) unfit[i][j] = true;
          block = {sums[turn], right, steps, atMost(PANEL, rows.to - row), atMost(PANEL, columns.to - column),
                   C + static_cast<int64_t>(row) * m.N + column, m.N, pass > 0, bias == nullptr ? nullptr : bias + column,
                   &unfit[i][j], 0};
        }
      }
    }
    block.finish(PANEL);
    _tile_release();
    for (int i = 0; i < rowPanels; i++) {
      for (int j = 0; j < mine; j++) {
        if (!unfit[i][j]) continue;
        const int row = rows.from + i * PANEL, column = columns.from + j * PANEL;
        plainBlock(m, {row, atMost(rows.to, row + PANEL)}, {column, atMost(columns.to, column + PANEL)}, depth, C, bias);
      }
    }
  });
}

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
