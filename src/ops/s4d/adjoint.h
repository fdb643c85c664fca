// The backward pass of one direction: the adjoint state runs from the last chunk to the first, and the gradients of
// the tables' coefficients gather as small matrix products over the columns.
#pragma once
#include "scan.h"

namespace spiking {
namespace ISA {

/** Gradients of one channel group's coefficients, in the layout of the blocks that make them. */
struct TableGradients {
  vf *toOutput, *toState;  // [T/4][K/4][4][4]
  vf *a_T, *a_tail;        // [K]
  vf* taps;                // [T]
  static size_t vectors(int K) { return static_cast<size_t>(2 * T + 2) * K + T; }
  TableGradients(vf* memory, int K)
      : toOutput(memory), toState(toOutput + T * K), a_T(toState + T * K), a_tail(a_T + K), taps(a_tail + K) {}
  static ALWAYS_INLINE const vf& at(const vf* block, int K, int t, int k) {
    return block[((t / 4 * (K / 4) + k / 4) * 4 + t % 4) * 4 + k % 4];
  }
};

/** Buffers of a backward pass over `groups` channel groups. */
struct BackwardScratch {
  vf *x, *g, *dx;         // [group][T][C]
  vf *shifted;            // [T][C]
  vf *states, *adjoints;  // [K][C]
  vf *carry;              // [group][K][R]: gradient of the state behind the span
  vf *before;             // [K][R]
  vf *gradients;          // [direction][group] TableGradients
  static size_t vectors(int K, int groups, int rows, int columns, int directions) {
    return static_cast<size_t>(3 * groups * T + T + 2 * K) * columns + static_cast<size_t>(groups + 1) * K * rows +
           directions * groups * TableGradients::vectors(K);
  }
  BackwardScratch(vf* memory, int K, int groups, int rows, int columns)
      : x(memory),
        g(x + groups * T * columns),
        dx(g + groups * T * columns),
        shifted(dx + groups * T * columns),
        states(shifted + T * columns),
        adjoints(states + K * columns),
        carry(adjoints + K * columns),
        before(carry + groups * K * rows),
        gradients(before + K * rows) {}
};

// dx[t][c] of a whole chunk: through the taps, and through the state behind it. For a chunk of fewer steps the state
// saw x as the last steps of a whole one, so that part is made apart and shifted.
static ALWAYS_INLINE void outputsBack(const Tables& tables, const vf* g, const vf* adjoints, vf* out, vf* shifted,
                                      int C, int steps) {
  const int K = tables.K;
  for (int t = 0; t < T; t += 4) {
    const vf* table = tables.toStateTransposed + t * K;
    const vf *taps = tables.tapsReversed + T - 1, *tile = g + t * C;
    if (steps == T) {
      columnBlocks(C, FromState{taps, table, tile, adjoints, out, C, K, T - t, t});
    } else {
      columnBlocks(C, FromState{taps, table, tile, adjoints, out, C, 0, T - t, t});
      columnBlocks(C, FromState{taps, table, tile, adjoints, shifted, C, K, 0, t});
    }
  }
  if (steps == T) return;
  for (int i = 0; i < steps * C; i++) out[i] += shifted[(T - steps) * C + i];
}

// block[t][k] += sum over columns of tile[t][c] * rows[k][c]
static ALWAYS_INLINE void gatherOuter(vf* block, const vf* tile, const vf* rows, int K, int C) {
  for (int k = 0; k < K; k += 4) {
    for (int t = 0; t < T; t += 4) {
      vf* at = block + (t / 4 * (K / 4) + k / 4) * 16;
      vf acc[4][4];
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) acc[i / 4][i % 4] = at[i];
      multiplyBlock<4, 4>(acc, tile + t * C, C, 1, rows + k * C, 1, C, C);
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) at[i] = acc[i / 4][i % 4];
    }
  }
}

static ALWAYS_INLINE void gatherTaps(vf* taps, const vf* g, const vf* x, int C) {
  vf acc[T];
#pragma GCC unroll 16
  for (int l = 0; l < T; l++) acc[l] = taps[l];
  for (int c = 0; c < C; c++) {
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) {
      const vf gradient = g[t * C + c];
#pragma GCC unroll 16
      for (int l = 0; l <= t; l++) acc[l] += gradient * x[(t - l) * C + c];
    }
  }
#pragma GCC unroll 16
  for (int l = 0; l < T; l++) taps[l] = acc[l];
}

static ALWAYS_INLINE void gatherDecay(vf* decay, const vf* states, const vf* adjoints, int K, int C) {
  for (int k = 0; k + 1 < K; k += 2) {
    vf re = decay[k], im = decay[k + 1];
    for (int c = 0; c < C; c++) {
      const vf h = states[k * C + c], j = states[(k + 1) * C + c];
      const vf p = adjoints[k * C + c], q = adjoints[(k + 1) * C + c];
      re += p * h + q * j;
      im += q * h - p * j;
    }
    decay[k] = re;
    decay[k + 1] = im;
  }
}

/**
 * Runs the adjoint of one direction. kept(g, i) is the i-th kept state; fillG(span) puts the gradients of the
 * outputs into scratch.g, zeros for steps that are not there; emit(span) follows with scratch.dx made.
 */
template <typename Kept, typename FillG, typename Emit>
static ALWAYS_INLINE void scanBackwardPass(const Tables* tables, const Patch& patch, const float* x,
                                           const BackwardScratch& scratch, const Kept& kept, const FillG& fillG,
                                           const Emit& emit) {
  const int K = tables[0].K, R = patch.rows, whole = patch.L / T, tail = patch.L % T;
  Prefetcher none(nullptr, patch, 0, 0);
  for (int index = checkpointCount(patch.L) - 1; index >= 0; index--) {
    const bool isTail = index * CHECKPOINT >= whole;
    const int chunk = isTail ? whole : index * CHECKPOINT;
    const int chunks = isTail ? 1 : whole - chunk < CHECKPOINT ? whole - chunk : CHECKPOINT;
    const Span span = {chunk * T, chunks, isTail ? tail : T};
    const int C = span.columns(R);
    pack(scratch.x, x, patch, span);
    fillG(span);
    for (int g = 0; g < patch.groups; g++) {
      const Tables& table = tables[g];
      const vf *tile = scratch.x + g * T * C, *dy = scratch.g + g * T * C;
      const vf* decay = span.steps == T ? table.a_T : table.a_tail;
      TableGradients gradients(scratch.gradients + g * TableGradients::vectors(K), K);
      const float* state = kept(g, index);
      for (int i = 0; i < K * R; i++) scratch.before[i] = load(state + (i % R * K + i / R) * W);
      intoState(table, table.toState, tile, scratch.states, C, T - span.steps, span.steps, none);
      recurse(decay, K, scratch.states, scratch.before, span, R);
      intoState(table, table.toOutputTransposed, dy, scratch.adjoints, C, 0, span.steps, none);
      recurseBack(decay, K, scratch.adjoints, scratch.carry + g * K * R, span, R);
      outputsBack(table, dy, scratch.adjoints, scratch.dx + g * T * C, scratch.shifted, C, span.steps);
      gatherOuter(gradients.toOutput, dy, scratch.states, K, C);
      gatherTaps(gradients.taps, dy, tile, C);
      gatherDecay(span.steps == T ? gradients.a_T : gradients.a_tail, scratch.states, scratch.adjoints, K, C);
      if (span.steps < T) {
        const int gap = (T - span.steps) * C;
        for (int i = 0; i < T * C; i++) scratch.shifted[i] = i < gap ? vf{} : tile[i - gap];
        tile = scratch.shifted;
      }
      gatherOuter(gradients.toState, tile, scratch.adjoints, K, C);
    }
    emit(span);
  }
}

}  // namespace ISA
}  // namespace spiking
