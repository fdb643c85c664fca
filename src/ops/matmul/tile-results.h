// Results of the tile unit on their way to C, and what is computed again without it.
#pragma once
#if defined(__AMX_INT8__)
#include "matmul.h"
#include "tiles.h"

namespace spiking {
namespace ISA {
namespace tiles {

/** A block of results that the tile unit has made, on its way to C or to the sums of further passes. */
template <typename Kind>
struct Block {
  const float* sums;
  const int32_t* right;
  int steps, rows, columns;
  const float* base;    // added: the bias (a stride of 0), what earlier passes made, or null
  int64_t baseStride;
  float* to;
  int64_t stride;
  bool* unfit;          // set where results are doubtful
  int done = PANEL;     // rows

  ALWAYS_INLINE void finish(int count) {
    const int last = atMost(done + count, rows);
    __mmask16 doubtful = 0;
    for (; done < last; done++) {
      if (columns == PANEL) {
        for (int column = 0; column < PANEL; column += W) doubtful |= finish(column, W);
      } else {
        for (int column = 0; column < columns; column += W) doubtful |= finish(column, atMost(W, columns - column));
      }
    }
    if (doubtful != 0) *unfit = true;
  }

 private:
  ALWAYS_INLINE __mmask16 finish(int column, int lanes) {
    const vf start = base == nullptr ? vf{} : load(base + done * baseStride + column, lanes);
    const vf result = Kind::result(sums, done, column, right, steps);
    store(to + done * stride + column, start + result, lanes);
    return Kind::doubtful(result);
  }
};

/** A block of C in plain floats, for what the packed numbers cannot stand for. */
static void plainBlock(const Matmul& m, Range rows, Range columns, Range depth, float* C, const float* bias) {
  const Strides strides(m);
  const bool whole = strides.bColumn == 1 && columns.size() == PANEL;
  for (int r = rows.from; r < rows.to; r++) {
    alignas(sizeof(vf)) float sums[PANEL] = {};
    vf low = {}, high = {};
    for (int k = depth.from; k < depth.to; k++) {
      const float a = m.A[r * strides.aRow + k * strides.aDepth];
      const float* b = m.B + columns.from * strides.bColumn + k * strides.bDepth;
      if (whole) {
        low += a * load(b);
        high += a * load(b + W);
      } else {
        for (int c = 0; c < columns.size(); c++) sums[c] += a * b[c * strides.bColumn];
      }
    }
    if (whole) {
      store(sums, low);
      store(sums + W, high);
    }
    float* to = C + static_cast<int64_t>(r) * m.N + columns.from;
    for (int c = 0; c < columns.size(); c++) to[c] = sums[c] + (bias == nullptr ? 0 : bias[columns.from + c]);
  }
}

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
