// The matrix products of a chunk: register blocks of 4 rows by BLOCK columns over squares of coefficients. They go
// over the state's rows a few at a time, so that those, a group's tiles and their coefficients stay in L1 together.
#pragma once
#include "tables.h"

namespace spiking {
namespace ISA {

constexpr int STATE_ROWS = 16;  // of the state at once

// acc[i][j] += sum over n of coefficient(i, n) right[n][j]; n counts the second index of the squares, or the first.
enum class Along { second, first };
template <Along ALONG>
static ALWAYS_INLINE void multiplySquares(vf (&acc)[4][BLOCK], const vf* squares, ptrdiff_t next, const vf* right,
                                          int count) {
  for (int s = 0; s < count; s++, squares += next, right += 4 * BLOCK) {
#pragma GCC unroll 4
    for (int n = 0; n < 4; n++) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        const vf left = squares[ALONG == Along::second ? i * 4 + n : n * 4 + i];
#pragma GCC unroll 4
        for (int j = 0; j < BLOCK; j++) acc[i][j] += left * right[n * BLOCK + j];
      }
    }
  }
}

static ALWAYS_INLINE void loadBlock(vf (&acc)[4][BLOCK], const vf* from) {
#pragma GCC unroll 16
  for (int i = 0; i < 4 * BLOCK; i++) acc[i / BLOCK][i % BLOCK] = from[i];
}

static ALWAYS_INLINE void storeBlock(vf* to, const vf (&acc)[4][BLOCK]) {
#pragma GCC unroll 16
  for (int i = 0; i < 4 * BLOCK; i++) to[i] = acc[i / BLOCK][i % BLOCK];
}

/** Where the states of a block's columns lie, and where those one chunk on go; `count` columns are there. */
struct Chain {
  const vf* from[BLOCK];
  vf* to[BLOCK];
  int count;
};

/**
 * Rows of the states, a block of columns: one chunk on is a state + what the chunk's tile adds. CONJUGATE: by the
 * conjugate of a, from the last column to the first.
 */
template <bool CONJUGATE>
static ALWAYS_INLINE void advance(const vf* squares, const vf* a, int rows, const vf* tile, const Chain& chain) {
  for (int k = 0; k < rows; k += 4) {
    vf acc[4][BLOCK] = {};
    multiplySquares<Along::second>(acc, squares + k * T, 16, tile, T / 4);
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2) {
      const vf re = a[k + i], im = CONJUGATE ? -a[k + i + 1] : a[k + i + 1];
#pragma GCC unroll 4
      for (int n = 0; n < BLOCK; n++) {
        const int j = CONJUGATE ? BLOCK - 1 - n : n;
        if (j >= chain.count) continue;
        const vf x = chain.from[j][(k + i) * BLOCK], y = chain.from[j][(k + i + 1) * BLOCK];
        chain.to[j][(k + i) * BLOCK] = acc[i][j] + re * x - im * y;
        chain.to[j][(k + i + 1) * BLOCK] = acc[i + 1][j] + re * y + im * x;
      }
    }
  }
}

/** Adds to a block of columns what it gets out of rows of the state. */
static ALWAYS_INLINE void outOfState(const vf* squares, int rows, const vf* states, vf* tile) {
  for (int t = 0; t < T; t += 4) {
    vf acc[4][BLOCK];
    loadBlock(acc, tile + t * BLOCK);
    multiplySquares<Along::first>(acc, squares + t * 4, T / 4 * 16, states, rows / 4);
    storeBlock(tile + t * BLOCK, acc);
  }
}

/** out = a chunk's own response to its inputs. */
static ALWAYS_INLINE void ownResponse(const vf* taps, const vf* tile, vf* out, int C) {
  for (int c = 0; c < C; c += BLOCK) {
    for (int t = 0; t < T; t += 4) {
      vf acc[4][BLOCK] = {};
      multiplyBlock<4, BLOCK>(acc, taps + 3 + t, 1, -1, tile + c * T, BLOCK, 1, t + 4);
      storeBlock(out + c * T + t * BLOCK, acc);
    }
  }
}

/** The same transposed: gradients of the inputs from those of the outputs. */
static ALWAYS_INLINE void ownResponseBack(const vf* taps, const vf* tile, vf* out, int C) {
  for (int c = 0; c < C; c += BLOCK) {
    for (int t = 0; t < T; t += 4) {
      vf acc[4][BLOCK] = {};
      multiplyBlock<4, BLOCK>(acc, taps + 3, -1, 1, tile + c * T + t * BLOCK, BLOCK, 1, T - t);
      storeBlock(out + c * T + t * BLOCK, acc);
    }
  }
}

/** squares[k][t] += sum over columns of states[k][c] * tile[t][c] */
static ALWAYS_INLINE void gatherOuter(vf* squares, int rows, const vf* states, const vf* tile, int C) {
  for (int k = 0; k < rows; k += 4) {
    for (int t = 0; t < T; t += BLOCK) {
      vf* at = squares + squareAt(k, t);
      vf acc[4][BLOCK];
#pragma GCC unroll 16
      for (int i = 0; i < 4 * BLOCK; i++) acc[i / BLOCK][i % BLOCK] = at[i / BLOCK * 4 + i % BLOCK];
      for (int c = 0; c < C; c += BLOCK) {
        multiplyBlock<4, BLOCK>(acc, states + c * STATE_ROWS + k * BLOCK, BLOCK, 1, tile + c * T + t * BLOCK, 1, BLOCK, BLOCK);
      }
#pragma GCC unroll 16
      for (int i = 0; i < 4 * BLOCK; i++) at[i / BLOCK * 4 + i % BLOCK] = acc[i / BLOCK][i % BLOCK];
    }
  }
}

}  // namespace ISA
}  // namespace spiking
