// A product on the tile unit, whatever its numbers are packed as (`Kind`: Floats or Spikes).
#pragma once
#if defined(__AMX_INT8__)
#include "tile-results.h"

namespace spiking {
namespace ISA {
namespace tiles {

constexpr int MOST_ROWS = 512;            // of a task
constexpr int MOST_DEPTH = 512;           // of a pass
// Numbers of B in use at once, so that they stay in the second cache: fewer where a task has to pack them itself.
constexpr int MOST_OF_ALL = 512 * 256, MOST_OF_ONE = 512 * 128;
constexpr int64_t MOST_SHARED = 8 << 20;  // numbers of B packed at once for all tasks

/** The depth of one pass: all of it where it is short, nearly equal pieces otherwise. */
static inline int passDepth(int depth, int most, int step) {
  most = atMost(MOST_DEPTH, most);
  const int passes = (depth + most - 1) / most;
  return roundUp((depth + passes - 1) / passes, step);
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

  void pack(const Kind& kind, const Matmul& m, int panel, int column, Range depth) const {
    const Strides strides(m);
    const Range columns = {column, atMost(m.N, column + PANEL)};
    const View B = {m.B, strides.bColumn, strides.bDepth};
    fit[panel] = kind.packRight(words + panel * each, B.from(column, depth.from), columns.size(), depth.size());
  }
};

/** Rows of a matrix on their way to the second cache, an equal share each turn. */
class Fetch {
 public:
  Fetch(const float* from, int rows, int columns, int64_t stride, int turns)
      : at_(from), rowEnd_(from + columns), rows_(rows), columns_(columns), stride_(stride),
        each_(rows * (columns / LINE + 1) / turns + 1) {}
  ALWAYS_INLINE void share() {
    for (int count = each_; count > 0 && rows_ > 0; count--) {
      _mm_prefetch(at_, _MM_HINT_T1);
      at_ += LINE;
      if (at_ < rowEnd_) continue;
      rowEnd_ += stride_;
      at_ = rowEnd_ - columns_;
      rows_--;
    }
  }

 private:
  static constexpr int LINE = 16;  // floats
  const float *at_, *rowEnd_;
  int rows_, columns_;
  int64_t stride_;
  int each_;
};

/** C = op(A) op(B) + bias, and the sums of B's columns if they are wanted. */
template <typename Kind>
static void multiply(const Matmul& m, const Kind& kind) {
  const Strides strides(m);
  const View A = {m.A, strides.aRow, strides.aDepth};
  const Cut cut(m, MOST_ROWS, Kind::MOST_COLUMNS, PANEL, MOST_DEPTH);
  const int columnPanels = (m.N + PANEL - 1) / PANEL;
  const bool shared = cut.rowTasks > 1 && cut.parts == 1 && static_cast<int64_t>(m.N) * m.K <= MOST_SHARED;
  const int each = passDepth(atMost(cut.depthEach, m.K), (shared ? MOST_OF_ALL : MOST_OF_ONE) / cut.columnsEach, Kind::DEPTH);
  const int mostSteps = each / Kind::DEPTH, passes = (m.K + each - 1) / each;
  const size_t leftWords = Kind::leftWords(mostSteps), rightWords = Kind::rightWords(mostSteps);
  auto depthOf = [&](int pass, Range of) { return Range{of.from + pass * each, atMost(of.to, of.from + (pass + 1) * each)}; };
  const int taskPanels = cut.columnsEach / PANEL;
  float* forAll = nullptr;
  if (shared) {
    const size_t size = RightPanels<Kind>::floats(passes * columnPanels, rightWords);
    forAll = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * size));
    const RightPanels<Kind> panels(forAll, passes * columnPanels, rightWords);
    parallel(columnPanels, 0, [&](int panel, float*) {
      const int column = panel * PANEL;
      if (m.columnSums != nullptr) memset(m.columnSums + column, 0, sizeof(float) * atMost(PANEL, m.N - column));
      for (int pass = 0; pass < passes; pass++) {
        const Range deep = depthOf(pass, {0, m.K});
        if (m.columnSums != nullptr) addColumns(m, nullptr, 0, deep, {column, atMost(m.N, column + PANEL)}, m.columnSums);
        panels.pack(kind, m, pass * columnPanels + panel, column, deep);
      }
    });
  }
  const size_t own = shared ? 0 : RightPanels<Kind>::floats(taskPanels, rightWords);
  const bool columnSums = m.columnSums != nullptr && !shared;
  // Sums between passes, block by block.
  const size_t between = cut.depthEach > each ? static_cast<size_t>(roundUp(cut.rowsEach, PANEL)) * cut.columnsEach : 0;
  inTasks(m, cut, columnSums, 2 * (leftWords + Kind::SUMS) + own + between, [&](Range rows, Range columns, Range depth, float* C, float* sumsOfB, float* memory) {
    static const Configuration configuration;
    _tile_loadconfig(&configuration);
    // Two panels of A and two blocks of sums: one in use, one on its way.
    int32_t* lefts[2] = {reinterpret_cast<int32_t*>(memory), reinterpret_cast<int32_t*>(memory) + leftWords};
    float* sums[2] = {memory + 2 * leftWords, memory + 2 * leftWords + Kind::SUMS};
    const RightPanels<Kind> panels(shared ? forAll : sums[1] + Kind::SUMS, shared ? passes * columnPanels : taskPanels, rightWords);
    float* kept = sums[1] + Kind::SUMS + own;
    const float* bias = depth.from == 0 ? m.bias : nullptr;
    const int rowPanels = (rows.size() + PANEL - 1) / PANEL, mine = (columns.size() + PANEL - 1) / PANEL;
    bool unfit[MOST_ROWS / PANEL][Kind::MOST_COLUMNS / PANEL] = {};
    typename Kind::Left left;
    Block<Kind> block = {};
    int turn = 0;
    for (int pass = 0; depthOf(pass, depth).size() > 0; pass++) {
      const Range deep = depthOf(pass, depth);
      const int steps = (deep.size() + Kind::DEPTH - 1) / Kind::DEPTH;
      const int first = shared ? pass * columnPanels + columns.from / PANEL : 0;
      block.finish(PANEL);
      // Row by row, so that B is near when it is packed.
      if (sumsOfB != nullptr) addColumns(m, nullptr, 0, deep, columns, sumsOfB);
      for (int j = 0; j < mine && !shared; j++) panels.pack(kind, m, j, columns.from + j * PANEL, deep);
      const int pieces = Kind::Left::pieces(steps), turns = Kind::turns(steps);
      const int rowsEach = (PANEL + turns - 1) / turns;
      int piecesDue = 0, packed = 0;
      auto pack = [&](int count) __attribute__((always_inline)) {
        for (const int to = atMost(pieces, packed + count); packed < to; packed++) left.pack(packed);
      };
      auto beginLeft = [&](int i) {
        const int row = rows.from + i * PANEL;
        left.begin(kind, lefts[i % 2], A.from(row, deep.from), atMost(PANEL, rows.to - row), deep.size());
        packed = 0;
      };
      const Range next = depthOf(pass + 1, depth);
      // Weight gradients: whole rows of both sides, a share each turn.
      const int ahead = !shared && m.transposeA && !m.transposeB && next.size() > 0 ? next.size() : 0;
      const int allTurns = rowPanels * mine * turns;
      Fetch fetchA(m.A + static_cast<int64_t>(deep.to) * m.M + rows.from, ahead, rows.size(), m.M, allTurns);
      Fetch fetchB(m.B + static_cast<int64_t>(deep.to) * m.N + columns.from, ahead, columns.size(), m.N, allTurns);
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
            block.finish(rowsEach);
            fetchA.share();
            fetchB.share();
            for (piecesDue += pieces; piecesDue >= turns * mine; piecesDue -= turns * mine) pack(1);
          });
          if (!leftFit || !panels.fit[first + j]) unfit[i][j] = true;
          float* keptHere = kept + static_cast<size_t>(i * mine + j) * PANEL * PANEL;
          float* ofC = C + static_cast<int64_t>(row) * m.N + column;
          const bool more = deep.to < depth.to;
          block = {sums[turn], right, steps, atMost(PANEL, rows.to - row), atMost(PANEL, columns.to - column),
                   pass > 0 ? keptHere : bias == nullptr ? nullptr : bias + column, pass > 0 ? PANEL : 0,
                   more ? keptHere : ofC, more ? PANEL : m.N, &unfit[i][j], 0};
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
