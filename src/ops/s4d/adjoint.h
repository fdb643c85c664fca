// The backward pass of one direction: the adjoint state runs from the last chunk to the first, and the gradients of
// the tables' coefficients gather as small matrix products over the columns.
#pragma once
#include "scan.h"

namespace spiking {
namespace ISA {

/** Gradients of one channel group's coefficients, laid out as these. */
struct TableGradients {
  vf *toOutput, *toState;  // squares
  vf *a_T, *a_tail;        // [K]
  vf* taps;                // [T]
  static size_t vectors(int K) { return static_cast<size_t>(2 * T + 2) * K + T; }
  TableGradients(vf* memory, int K)
      : toOutput(memory), toState(toOutput + T * K), a_T(toState + T * K), a_tail(a_T + K), taps(a_tail + K) {}
};

/** Buffers of a backward pass. */
struct BackwardScratch {
  vf *x, *g, *dx;          // [group] tiles
  vf *moved, *movedDx;     // one group's tiles of a last chunk that is not whole
  vf *states, *adjoints;   // STATE_ROWS rows: states before each chunk, gradients of the states behind it
  vf *unused;              // a column
  vf *carry;               // [group] Carry: gradient of the state behind the span
  vf *gradients;           // [direction][group] TableGradients
  static constexpr int COLUMNS = CHECKPOINT * BACKWARD_ROWS;
  static size_t vectors(int K, int directions) {
    const size_t tiles = (3 * BACKWARD_GROUPS + 2) * T + 2 * STATE_ROWS;
    return tiles * COLUMNS + STATE_ROWS * BLOCK +
           BACKWARD_GROUPS * (Carry::vectors(K, BACKWARD_ROWS) + directions * TableGradients::vectors(K));
  }
  BackwardScratch(vf* memory, int K)
      : x(memory),
        g(x + BACKWARD_GROUPS * T * COLUMNS),
        dx(g + BACKWARD_GROUPS * T * COLUMNS),
        moved(dx + BACKWARD_GROUPS * T * COLUMNS),
        movedDx(moved + T * COLUMNS),
        states(movedDx + T * COLUMNS),
        adjoints(states + STATE_ROWS * COLUMNS),
        unused(adjoints + STATE_ROWS * COLUMNS),
        carry(unused + STATE_ROWS * BLOCK),
        gradients(carry + BACKWARD_GROUPS * Carry::vectors(K, BACKWARD_ROWS)) {}
};

static ALWAYS_INLINE void gatherTaps(vf* taps, const vf* g, const vf* x, int C) {
  vf acc[T];
#pragma GCC unroll 16
  for (int l = 0; l < T; l++) acc[l] = taps[l];
  for (int c = 0; c < C; c++) {
    const vf *gradients = g + columnAt(c, T), *inputs = x + columnAt(c, T);
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) {
      const vf gradient = gradients[t * BLOCK];
#pragma GCC unroll 16
      for (int l = 0; l <= t; l++) acc[l] += gradient * inputs[(t - l) * BLOCK];
    }
  }
#pragma GCC unroll 16
  for (int l = 0; l < T; l++) taps[l] = acc[l];
}

// decay[k] += sum over a block's columns of conj(state) adjoint; `count` of them are there.
static ALWAYS_INLINE void gatherDecay(vf* decay, int rows, const vf* states, const vf* adjoints, int count) {
  for (int k = 0; k < rows; k += 2) {
    const vf *h = states + k * BLOCK, *p = adjoints + k * BLOCK;
    vf re = decay[k], im = decay[k + 1];
#pragma GCC unroll 4
    for (int j = 0; j < BLOCK; j++) {
      if (j >= count) continue;
      re += p[j] * h[j] + p[BLOCK + j] * h[BLOCK + j];
      im += p[BLOCK + j] * h[j] - p[j] * h[BLOCK + j];
    }
    decay[k] = re;
    decay[k + 1] = im;
  }
}

/** Rows k and following of one group over a span. before: the state before it, [R][K][W]. */
static ALWAYS_INLINE void rowsBack(const Tables& tables, const TableGradients& gradients, int k, const float* before,
                                   const vf* x, const vf* g, vf* dx, vf* carry, const BackwardScratch& scratch,
                                   const Span& span) {
  const int K = tables.K, R = span.rows, C = span.padded(), columns = span.columns();
  const int rows = K - k < STATE_ROWS ? K - k : STATE_ROWS;
  const vf* a = (span.tail() ? tables.a_tail : tables.a_T) + k;
  vf* decay = (span.tail() ? gradients.a_tail : gradients.a_T) + k;
  vf *states = scratch.states, *adjoints = scratch.adjoints;
  for (int r = 0; r < R; r++) {
    const vf* last = carry + columnAt(r, STATE_ROWS);
    vf *first = states + columnAt(r, STATE_ROWS), *behind = adjoints + columnAt(columns - R + r, STATE_ROWS);
    for (int i = 0; i < rows; i++) first[i * BLOCK] = load(before + (r * K + k + i) * W), behind[i * BLOCK] = last[i * BLOCK];
  }
  Chain chain;
  for (int c = 0; c < C; c += BLOCK) {
    chain.count = columns - c < BLOCK ? columns - c : BLOCK;
    for (int j = 0; j < chain.count; j++) {
      chain.from[j] = states + columnAt(c + j, STATE_ROWS);
      chain.to[j] = c + j + R < columns ? states + columnAt(c + j + R, STATE_ROWS) : scratch.unused;
    }
    advance<false>(tables.toState + k * T, a, rows, x + c * T, chain);
  }
  for (int c = C - BLOCK; c >= 0; c -= BLOCK) {
    chain.count = columns - c < BLOCK ? columns - c : BLOCK;
    for (int j = 0; j < chain.count; j++) {
      chain.from[j] = adjoints + columnAt(c + j, STATE_ROWS);
      chain.to[j] = c + j >= R ? adjoints + columnAt(c + j - R, STATE_ROWS) : carry + columnAt(c + j, STATE_ROWS);
    }
    advance<true>(tables.toOutput + k * T, a, rows, g + c * T, chain);
    gatherDecay(decay, rows, states + c * STATE_ROWS, adjoints + c * STATE_ROWS, chain.count);
  }
  for (int c = 0; c < C; c += BLOCK) outOfState(tables.toState + k * T, rows, adjoints + c * STATE_ROWS, dx + c * T);
  gatherOuter(gradients.toOutput + k * T, rows, states, g, C);
  gatherOuter(gradients.toState + k * T, rows, adjoints, x, C);
}

/**
 * Runs the adjoint of one direction. kept(g, i) is the i-th kept state; fill(span) puts the inputs into scratch.x and the
 * gradients of the outputs into scratch.g, zeros for steps and columns that are not there; emit(span) follows with
 * scratch.dx made.
 */
template <typename Kept, typename Fill, typename Emit>
static ALWAYS_INLINE void scanBackwardPass(const Tables* tables, const Patch& patch, const BackwardScratch& scratch,
                                           const Kept& kept, const Fill& fill, const Emit& emit) {
  const int K = tables[0].K, R = patch.rows, whole = patch.L / T;
  // Columns that only fill up a block stay zero.
  memset(static_cast<void*>(scratch.states), 0, sizeof(vf) * 2 * STATE_ROWS * BackwardScratch::COLUMNS);
  for (int index = checkpointCount(patch.L) - 1; index >= 0; index--) {
    const bool isTail = index * CHECKPOINT >= whole;
    const int chunk = isTail ? whole : index * CHECKPOINT;
    const int chunks = isTail ? 1 : whole - chunk < CHECKPOINT ? whole - chunk : CHECKPOINT;
    const Span span = {chunk * T, chunks, isTail ? patch.L % T : T, R};
    const int C = span.padded();
    fill(span);
    for (int g = 0; g < patch.groups; g++) {
      const TableGradients gradients(scratch.gradients + g * TableGradients::vectors(K), K);
      const Carry carry(scratch.carry, K, R, g);
      const vf *x = scratch.x + g * T * C, *dy = scratch.g + g * T * C;
      vf* dx = scratch.dx + g * T * C;
      ownResponseBack(tables[g].taps, dy, dx, C);
      gatherTaps(gradients.taps, dy, x, C);
      if (span.tail()) {
        shift(scratch.moved, x, T - span.steps, C);
        memset(static_cast<void*>(scratch.movedDx), 0, sizeof(vf) * T * C);
      }
      const vf* xOfState = span.tail() ? scratch.moved : x;
      vf* dxOfState = span.tail() ? scratch.movedDx : dx;
      for (int k = 0; k < K; k += STATE_ROWS) {
        rowsBack(tables[g], gradients, k, kept(g, index), xOfState, dy, dxOfState, carry.slab(k), scratch, span);
      }
      if (span.tail()) {
        shift(scratch.moved, dxOfState, span.steps - T, C);
        for (int i = 0; i < T * C; i++) dx[i] += scratch.moved[i];
      }
    }
    emit(span);
  }
}

}  // namespace ISA
}  // namespace spiking
