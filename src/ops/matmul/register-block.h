// The register block behind dense products in vectors.
#pragma once
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {
namespace panels {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int BLOCK_ROWS = 12;  // 24 accumulators of 32 registers
#else
constexpr int BLOCK_ROWS = 6;  // 12 of 16
#endif
constexpr int BLOCK_COLUMNS = 2 * W;

/** Where a depth of the product lies: in the rows, and in the columns. */
struct Depth {
  int32_t a, b;
};

constexpr int AHEAD = 16;  // depths whose rows are on their way: an array of depths has so many more

/** acc[i] += sum over depths of a(i) b. Row i lies at a[depth.a + i * ROW], the columns from b[depth.b] on. */
template <int ROW>
static ALWAYS_INLINE void multiplyRows(vf (&acc)[BLOCK_ROWS][2], const float* a, const float* b, const Depth* depths,
                                       int count) {
  for (int k = 0; k < count; k++) {
    const float *left = a + depths[k].a, *right = b + depths[k].b;
    __builtin_prefetch(a + depths[k + AHEAD].a + k % AHEAD * ROW);
    const vf first = load(right), second = load(right + W);
#pragma GCC unroll 16
    for (int i = 0; i < BLOCK_ROWS; i++) {
      const vf value = splat(left[i * ROW]);
      acc[i][0] += value * first;
      acc[i][1] += value * second;
    }
  }
}

/** Writes the first rows and columns of a block, or adds them to what is there. */
static ALWAYS_INLINE void storeRows(float* C, int64_t stride, const vf (&acc)[BLOCK_ROWS][2], int rows, int columns, bool add) {
  if (columns == BLOCK_COLUMNS && rows >= BLOCK_ROWS) {
#pragma GCC unroll 16
    for (int r = 0; r < BLOCK_ROWS; r++) {
      float* at = C + r * stride;
      store(at, add ? acc[r][0] + load(at) : acc[r][0]);
      store(at + W, add ? acc[r][1] + load(at + W) : acc[r][1]);
    }
    return;
  }
  vf kept[BLOCK_ROWS][2];
#pragma GCC unroll 16
  for (int r = 0; r < BLOCK_ROWS; r++) kept[r][0] = acc[r][0], kept[r][1] = acc[r][1];
  for (int r = 0; r < (rows < BLOCK_ROWS ? rows : BLOCK_ROWS); r++) {
    const float* made = reinterpret_cast<const float*>(kept[r]);
    for (int c = 0; c < columns; c++) C[r * stride + c] = made[c] + (add ? C[r * stride + c] : 0);
  }
}

}  // namespace panels
}  // namespace ISA
}  // namespace spiking
