// One direction of the state-space layer over W channels and R batch rows. Several chunks are worked at once: a
// column is one chunk of one row, and every step below is a matrix product of the tables with all columns, but for
// the short recursion over the chunks' states.
#pragma once
#include "tables.h"

namespace spiking {
namespace ISA {

constexpr int CHECKPOINT = 8;        // chunks between two states that are kept for the backward pass
constexpr int FORWARD_COLUMNS = 8;   // columns worked at once, so that the tables pay for their way from L2
constexpr int MAX_ROWS = 8;          // batch rows of a task
constexpr int BACKWARD_ROWS = 4;
constexpr int GROUPS = 4;            // groups of W channels of a task: neighbours in memory
constexpr int BACKWARD_GROUPS = 4;

/** Where a task's channels and rows lie in [batch, L, H]. */
struct Patch {
  int H, L, group, groups;  // first group of W channels and how many
  int row, rows;            // first batch row and how many
  bool reversed;

  int64_t offset(int r, int t) const {
    return (static_cast<int64_t>(row + r) * L + (reversed ? L - 1 - t : t)) * H + group * W;
  }
  int64_t rowOffset(int r, int g) const { return static_cast<int64_t>(row + r) * H + (group + g) * W; }
  int lanes(int g) const { return H - (group + g) * W < W ? H - (group + g) * W : W; }
};

/** A run of chunks worked at once; the last one of a sequence may be a single chunk of fewer than T steps. */
struct Span {
  int start, chunks, steps;  // steps of each chunk: T, or L mod T
  int columns(int rows) const { return chunks * rows; }
};

static inline int checkpointCount(int L) { return (L / T + CHECKPOINT - 1) / CHECKPOINT + (L % T > 0 ? 1 : 0); }

// From [batch, L, H] into tiles [group][T][C], in the order of memory; steps that are not there are zero.
static ALWAYS_INLINE void pack(vf* tiles, const float* from, const Patch& patch, const Span& span) {
  const int R = patch.rows, C = span.columns(R), whole = patch.lanes(patch.groups - 1) == W ? patch.groups : patch.groups - 1;
  for (int r = 0; r < R; r++) {
    for (int s = 0; s < span.chunks; s++) {
      vf* column = tiles + s * R + r;
      for (int t = 0; t < span.steps; t++) {
        const float* at = from + patch.offset(r, span.start + s * T + t);
        for (int g = 0; g < whole; g++) column[(g * T + t) * C] = load(at + g * W);
        if (whole < patch.groups) column[(whole * T + t) * C] = load(at + whole * W, patch.lanes(whole));
      }
      for (int t = span.steps; t < T; t++) {
        for (int g = 0; g < patch.groups; g++) column[(g * T + t) * C] = vf{};
      }
    }
  }
}

static ALWAYS_INLINE void unpack(float* to, const vf* tiles, const Patch& patch, const Span& span) {
  const int R = patch.rows, C = span.columns(R), whole = patch.lanes(patch.groups - 1) == W ? patch.groups : patch.groups - 1;
  const bool aligned = reinterpret_cast<uintptr_t>(to) % sizeof(vf) == 0 && patch.H % W == 0;
  for (int r = 0; r < R; r++) {
    for (int s = 0; s < span.chunks; s++) {
      const vf* column = tiles + s * R + r;
      for (int t = 0; t < span.steps; t++) {
        float* at = to + patch.offset(r, span.start + s * T + t);
        if (aligned) {
          for (int g = 0; g < whole; g++) stream(at + g * W, column[(g * T + t) * C]);
          continue;
        }
        for (int g = 0; g < whole; g++) store(at + g * W, column[(g * T + t) * C]);
        if (whole < patch.groups) store(at + whole * W, column[(whole * T + t) * C], patch.lanes(whole));
      }
    }
  }
}

// Asks for the next span's lines a few at a time, between the matrix products of the present one.
class Prefetcher {
 public:
  Prefetcher(const float* from, const Patch& patch, int start, int steps)
      : from_(from), patch_(patch), start_(start), steps_(steps), left_(from == nullptr ? 0 : steps * patch.rows) {}
  ALWAYS_INLINE void some() {
    if (left_ == 0) return;
    left_--;
    const float* at = from_ + patch_.offset(left_ % patch_.rows, start_ + left_ / patch_.rows);
    for (int g = 0; g < patch_.groups; g++) __builtin_prefetch(at + g * W, 0, 2);
  }

 private:
  const float* from_;
  const Patch& patch_;
  int start_, steps_, left_;
};

// Calls block.run<J>(c) for column blocks [c, c + J) that cover `columns`.
template <typename Block>
static ALWAYS_INLINE void columnBlocks(int columns, const Block& block) {
  int c = 0;
  for (; c + 4 <= columns; c += 4) block.template run<4>(c);
  if (columns - c == 3) block.template run<3>(c);
  if (columns - c == 2) block.template run<2>(c);
  if (columns - c == 1) block.template run<1>(c);
}

template <int J>
static ALWAYS_INLINE void storeBlock(vf* to, int rowStride, const vf (&acc)[4][J]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < J; j++) to[i * rowStride + j] = acc[i][j];
  }
}

/** inputs[k][c] = what the chunk's own x adds to the state behind it (or, transposed tables, g to the state before). */
struct IntoState {
  const vf* table;  // [K/4][T][4]
  const vf* tile;   // [T][C]
  vf* out;          // [K][C]
  int C, first, count;  // rows of the table to use, and how many steps of the tile
  int k;
  template <int J>
  ALWAYS_INLINE void run(int c) const {
    vf acc[4][J] = {};
    multiplyBlock<4, J>(acc, table + (k / 4 * T + first) * 4, 1, 4, tile + c, C, 1, count);
    storeBlock<J>(out + k * C + c, C, acc);
  }
};

static ALWAYS_INLINE void intoState(const Tables& tables, const vf* table, const vf* tile, vf* out, int C, int first,
                                    int count, Prefetcher& prefetcher) {
  for (int k = 0; k < tables.K; k += 4) {
    prefetcher.some();
    columnBlocks(C, IntoState{table, tile, out, C, first, count, k});
  }
}

/** out[t][c]: chunk response to x plus that to the state before it; or the transposed, for the backward pass. */
struct FromState {
  const vf *taps, *table;  // taps at the block's first step, table [K][4] of this block
  const vf *tile, *states;
  vf* out;
  int C, K, count, t;
  template <int J>
  ALWAYS_INLINE void run(int c) const {
    vf acc[4][J] = {};
    multiplyBlock<4, J>(acc, taps, 1, -1, tile + c, C, 1, count);
    multiplyBlock<4, J>(acc, table, 1, 4, states + c, C, 1, K);
    storeBlock<J>(out + t * C + c, C, acc);
  }
};

static ALWAYS_INLINE void outputs(const Tables& tables, const vf* tile, const vf* states, vf* out, int C, int steps) {
  const int K = tables.K;
  for (int t = 0; t < steps; t += 4) {
    columnBlocks(C, FromState{tables.taps + 3 + t, tables.toOutput + t * K, tile, states, out, C, K, t + 4, t});
  }
}

// states holds each chunk's own contribution and gets the state before each chunk; carry goes from first to last.
static ALWAYS_INLINE void recurse(const vf* a, int K, vf* states, vf* carry, const Span& span, int R) {
  const int C = span.columns(R);
  for (int k = 0; k + 1 < K; k += 2) {
    const vf re = a[k], im = a[k + 1];
    for (int r = 0; r < R; r++) {
      vf x = carry[k * R + r], y = carry[(k + 1) * R + r];
      for (int c = r; c < C; c += R) {
        const vf inRe = states[k * C + c], inIm = states[(k + 1) * C + c];
        states[k * C + c] = x;
        states[(k + 1) * C + c] = y;
        const vf nextRe = re * x - im * y + inRe, nextIm = re * y + im * x + inIm;
        x = nextRe;
        y = nextIm;
      }
      carry[k * R + r] = x;
      carry[(k + 1) * R + r] = y;
    }
  }
}

// The adjoint: from last chunk to first, by the conjugate; states gets the gradient of the state behind each chunk.
static ALWAYS_INLINE void recurseBack(const vf* a, int K, vf* states, vf* carry, const Span& span, int R) {
  const int C = span.columns(R);
  for (int k = 0; k + 1 < K; k += 2) {
    const vf re = a[k], im = a[k + 1];
    for (int r = 0; r < R; r++) {
      vf x = carry[k * R + r], y = carry[(k + 1) * R + r];
      for (int c = C - R + r; c >= 0; c -= R) {
        const vf inRe = states[k * C + c], inIm = states[(k + 1) * C + c];
        states[k * C + c] = x;
        states[(k + 1) * C + c] = y;
        const vf nextRe = re * x + im * y + inRe, nextIm = re * y - im * x + inIm;
        x = nextRe;
        y = nextIm;
      }
      carry[k * R + r] = x;
      carry[(k + 1) * R + r] = y;
    }
  }
}

/** From [batch, H, M, 2] into [group][K][R] and back. A null source is a state of zeros. */
static inline void loadState(vf* carry, const float* state, int M, int K, const Patch& patch) {
  memset(static_cast<void*>(carry), 0, sizeof(vf) * patch.groups * K * patch.rows);
  if (state == nullptr) return;
  for (int g = 0; g < patch.groups; g++) {
    for (int r = 0; r < patch.rows; r++) {
      for (int lane = 0; lane < patch.lanes(g); lane++) {
        const float* from = state + (patch.rowOffset(r, g) + lane) * 2 * M;
        for (int k = 0; k < 2 * M; k++) reinterpret_cast<float*>(carry + (g * K + k) * patch.rows + r)[lane] = from[k];
      }
    }
  }
}

static inline void storeState(float* state, const vf* carry, int M, int K, const Patch& patch) {
  if (state == nullptr) return;
  for (int g = 0; g < patch.groups; g++) {
    for (int r = 0; r < patch.rows; r++) {
      for (int lane = 0; lane < patch.lanes(g); lane++) {
        float* to = state + (patch.rowOffset(r, g) + lane) * 2 * M;
        for (int k = 0; k < 2 * M; k++) {
          to[k] = reinterpret_cast<const float*>(carry + (g * K + k) * patch.rows + r)[lane];
        }
      }
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

/** Buffers of a forward pass: tiles of x, of results and of a further array, states, and the carried state. */
struct ForwardScratch {
  vf *tiles, *out, *states, *carry;
  static size_t vectors(int K, int groups, int rows, int columns) {
    return static_cast<size_t>(2 * groups * T + K) * columns + static_cast<size_t>(groups) * K * rows;
  }
  ForwardScratch(vf* memory, int K, int groups, int columns)
      : tiles(memory),
        out(tiles + groups * T * columns),
        states(out + groups * T * columns),
        carry(states + K * columns) {}
};

/**
 * Runs one direction over the whole sequence. emit(span) follows each span with its outputs in scratch.out
 * [group][T][C]. carry [group][K][R] is the state before the first step and becomes that behind the last.
 * keep(g, i) gives where to keep the i-th state, or null.
 */
template <typename Keep, typename Emit>
static ALWAYS_INLINE void scanForwardPass(const Tables* tables, const Patch& patch, const float* x, int chunksAtOnce,
                                          const ForwardScratch& scratch, const Keep& keep, const Emit& emit) {
  const int K = tables[0].K, R = patch.rows, whole = patch.L / T, tail = patch.L % T;
  for (int chunk = 0; chunk * T < patch.L;) {
    int chunks = 1;
    while (chunks < chunksAtOnce && chunk + chunks < whole && (chunk + chunks) % CHECKPOINT != 0) chunks++;
    const Span span = {chunk * T, chunks, chunk < whole ? T : tail};
    const int C = span.columns(R), next = span.start + chunks * T;
    const bool last = next >= patch.L, kept = chunk % CHECKPOINT == 0 || chunk == whole;
    Prefetcher prefetcher(last ? nullptr : x, patch, next, patch.L - next < chunks * T ? patch.L - next : chunks * T);
    pack(scratch.tiles, x, patch, span);
    for (int g = 0; g < patch.groups; g++) {
      const vf* tile = scratch.tiles + g * T * C;
      vf* carry = scratch.carry + g * K * R;
      if (kept) {
        float* to = keep(g, chunk == whole ? (whole + CHECKPOINT - 1) / CHECKPOINT : chunk / CHECKPOINT);
        for (int i = 0; to != nullptr && i < K * R; i++) store(to + (i % R * K + i / R) * W, carry[i]);
      }
      intoState(tables[g], tables[g].toState, tile, scratch.states, C, T - span.steps, span.steps, prefetcher);
      recurse(span.steps == T ? tables[g].a_T : tables[g].a_tail, K, scratch.states, carry, span, R);
      outputs(tables[g], tile, scratch.states, scratch.out + g * T * C, C, span.steps);
    }
    emit(span);
    chunk += chunks;
  }
}

}  // namespace ISA
}  // namespace spiking
