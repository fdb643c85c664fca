// How the rows are cut, and how what is kept for the way back lies.
#pragma once
#include "../spike-matmul/sparse.h"

namespace spiking {
namespace ISA {
namespace tail {

constexpr int ROWS = 204;  // of a block: a multiple of the rows of every register block

constexpr size_t TABLE = sparse::tableFloats(ROWS);  // floats of a strip of gradients

/** Blocks of rows, each within the rows that share a factor of dropout. */
struct Blocks {
  int group, each, perGroup, count;
  Blocks(int rows, int rowsPerScale)
      : group(rowsPerScale), each(atMost(ROWS, group)), perGroup((group + each - 1) / each), count(rows / group * perGroup) {}
  Range rows(int i) const {
    const int first = i / perGroup * group, from = first + i % perGroup * each;
    return {from, atMost(first + group, from + each)};
  }
  /** The row of `scale` that a block has. */
  int scale(int i) const { return i / perGroup; }
};

/**
 * Values and gates before the gate, [block][strip of values, then of gates][row][STRIP], zeros where a strip has more
 * columns than there are.
 */
static inline int64_t mixedAt(int H, Range rows, int strip) {
  return 2 * static_cast<int64_t>(rows.from) * roundUp(H, sparse::STRIP) + static_cast<int64_t>(strip) * rows.size() * sparse::STRIP;
}

/** Columns of 2 H that a strip has. */
static inline Range columnsOf(int H, int strip) {
  const int half = sparse::strips(H), first = strip < half ? 0 : H, from = strip % half * sparse::STRIP;
  return {first + from, first + atMost(H, from + sparse::STRIP)};
}

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
