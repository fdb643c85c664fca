// One direction of the state-space layer over a patch of channels and batch rows, forward.
#pragma once
#include "products.h"

namespace spiking {
namespace ISA {

constexpr int FORWARD_COLUMNS = 8;  // worked at once, so that the coefficients pay for their way from L2

static inline int checkpointCount(int L) { return (L / T + CHECKPOINT - 1) / CHECKPOINT + (L % T > 0 ? 1 : 0); }

// The state of one group that a pass carries, in slabs of STATE_ROWS: tiles of one column a batch row.
struct Carry {
  vf* memory;
  int K, rows;
  static int padded(int rows) { return (rows + BLOCK - 1) / BLOCK * BLOCK; }
  static size_t vectors(int K, int rows) {
    return static_cast<size_t>((K + STATE_ROWS - 1) / STATE_ROWS * STATE_ROWS) * padded(rows);
  }
  Carry(vf* all, int K, int rows, int g) : memory(all + g * vectors(K, rows)), K(K), rows(rows) {}
  vf* slab(int k) const { return memory + k * padded(rows); }
  vf& at(int k, int r) const {
    return slab(k / STATE_ROWS * STATE_ROWS)[columnAt(r, STATE_ROWS) + k % STATE_ROWS * BLOCK];
  }
};

/** From [batch, H, M, 2] and back. A null source is a state of zeros. */
static inline void loadState(const Carry& carry, const float* state, int M, const Patch& patch) {
  memset(static_cast<void*>(carry.memory), 0, sizeof(vf) * Carry::vectors(carry.K, carry.rows));
  if (state == nullptr) return;
  for (int r = 0; r < patch.rows; r++) {
    for (int lane = 0; lane < patch.lanes(0); lane++) {
      const float* from = state + (patch.rowOffset(r, 0) + lane) * 2 * M;
      for (int k = 0; k < 2 * M; k++) reinterpret_cast<float*>(&carry.at(k, r))[lane] = from[k];
    }
  }
}

static inline void storeState(float* state, const Carry& carry, int M, const Patch& patch) {
  for (int r = 0; r < patch.rows; r++) {
    for (int lane = 0; lane < patch.lanes(0); lane++) {
      float* to = state + (patch.rowOffset(r, 0) + lane) * 2 * M;
      for (int k = 0; k < 2 * M; k++) to[k] = reinterpret_cast<const float*>(&carry.at(k, r))[lane];
    }
  }
}

/** From [batch, H] into [group][R] and back. */
static inline void loadRows(vf* to, const float* from, const Patch& patch) {
  for (int g = 0; g < patch.groups; g++) {
    for (int r = 0; r < patch.rows; r++) {
      to[g * patch.rows + r] = from == nullptr ? vf{} : load(from + patch.rowOffset(r, g), patch.lanes(g));
    }
  }
}

/** The same for a factor, 1 where there is none. */
static inline void loadScale(vf* to, const float* from, const Patch& patch) {
  if (from != nullptr) return loadRows(to, from, patch);
  for (int i = 0; i < patch.groups * patch.rows; i++) to[i] = splat(1.0f);
}

static inline void storeRows(float* to, const vf* from, const Patch& patch) {
  if (to == nullptr) return;
  for (int g = 0; g < patch.groups; g++) {
    for (int r = 0; r < patch.rows; r++) {
      store(to + patch.rowOffset(r, g), from[g * patch.rows + r], patch.lanes(g));
    }
  }
}

/** Buffers of a forward pass. */
struct ForwardScratch {
  vf *tiles, *out;         // [group] tiles of x and of results
  vf* moved;               // one group's x of a last chunk that is not whole
  vf *states;              // STATE_ROWS rows
  vf *carry;               // [group] Carry
  static constexpr int COLUMNS = (FORWARD_COLUMNS > MAX_ROWS ? FORWARD_COLUMNS : MAX_ROWS) + BLOCK - 1;
  static size_t vectors(int K) {
    return static_cast<size_t>((2 * GROUPS + 1) * T + STATE_ROWS) * COLUMNS + GROUPS * Carry::vectors(K, MAX_ROWS);
  }
  ForwardScratch(vf* memory, int K)
      : tiles(memory),
        out(tiles + GROUPS * T * COLUMNS),
        moved(out + GROUPS * T * COLUMNS),
        states(moved + T * COLUMNS),
        carry(states + STATE_ROWS * COLUMNS) {}
};

// Rows k and following of one group over a span: adds to `out` what comes out of the states before its chunks.
static ALWAYS_INLINE void rowsForward(const Tables& tables, int k, const vf* tile, vf* out, vf* states, vf* carry,
                                      const Span& span) {
  const int K = tables.K, R = span.rows, C = span.padded(), columns = span.columns();
  const int rows = K - k < STATE_ROWS ? K - k : STATE_ROWS;
  const vf *a = (span.tail() ? tables.a_tail : tables.a_T) + k, *in = tables.toState + k * T, *from = tables.toOutput + k * T;
  if (span.chunks == 1) states = carry;  // read before it is written
  else memcpy(states, carry, sizeof(vf) * STATE_ROWS * Carry::padded(R));
  auto output = [&](int c) { outOfState(from, rows, states + c * STATE_ROWS, out + c * T); };
  for (int c = 0; c < C; c += BLOCK) {
    Chain chain;
    chain.count = columns - c < BLOCK ? columns - c : BLOCK;
    for (int j = 0; j < chain.count; j++) {
      const int next = c + j + R;
      chain.from[j] = states + columnAt(c + j, STATE_ROWS);
      chain.to[j] = next < columns ? states + columnAt(next, STATE_ROWS) : carry + columnAt(next - columns, STATE_ROWS);
    }
    if (span.chunks == 1) output(c);
    advance<false>(in, a, rows, tile + c * T, chain);
  }
  if (span.chunks == 1) return;
  for (int c = 0; c < C; c += BLOCK) output(c);
}

/**
 * Runs one direction over the whole sequence. carry is the state before the first step and becomes that behind the last.
 * keep(g, i) gives where to keep the i-th state, or null; fill(span) puts the inputs into scratch.tiles, zeros for steps and
 * columns that are not there; emit(span) follows with the outputs in scratch.out.
 */
template <typename Keep, typename Fill, typename Emit>
static ALWAYS_INLINE void scanForwardPass(const Tables* tables, const Patch& patch, const ForwardScratch& scratch,
                                          const Keep& keep, const Fill& fill, const Emit& emit) {
  const int K = tables[0].K, R = patch.rows, whole = patch.L / T;
  const int chunksAtOnce = FORWARD_COLUMNS / R > 0 ? FORWARD_COLUMNS / R : 1;
  for (int chunk = 0; chunk * T < patch.L;) {
    int chunks = 1;
    while (chunks < chunksAtOnce && chunk + chunks < whole && (chunk + chunks) % CHECKPOINT != 0) chunks++;
    const Span span = {chunk * T, chunks, chunk < whole ? T : patch.L % T, R};
    const int C = span.padded();
    const bool kept = chunk % CHECKPOINT == 0 || chunk == whole;
    fill(span);
    for (int g = 0; g < patch.groups; g++) {
      const Carry carry(scratch.carry, K, R, g);
      if (kept) {
        float* to = keep(g, chunk == whole ? (whole + CHECKPOINT - 1) / CHECKPOINT : chunk / CHECKPOINT);
        for (int i = 0; to != nullptr && i < K * R; i++) store(to + i * W, carry.at(i % K, i / K));
      }
      const vf* tile = scratch.tiles + g * T * C;
      vf* out = scratch.out + g * T * C;
      ownResponse(tables[g].taps, tile, out, C);
      // The state behind a chunk wants its last step last.
      if (span.tail()) shift(scratch.moved, tile, T - span.steps, C), tile = scratch.moved;
      for (int k = 0; k < K; k += STATE_ROWS) {
        rowsForward(tables[g], k, tile, out, scratch.states, carry.slab(k), span);
      }
    }
    emit(span);
    chunk += chunks;
  }
}

}  // namespace ISA
}  // namespace spiking
