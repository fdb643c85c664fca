// A column is one chunk of T steps of one batch row. Tiles hold columns by blocks: [C / BLOCK][T or rows][BLOCK], so
// that everything a register block reads lies in one run.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

constexpr int T = 16;           // steps of a chunk
constexpr int CHECKPOINT = 8;   // chunks between two states that are kept for the backward pass
constexpr int MAX_ROWS = 4;     // batch rows of a task, forward
constexpr int BACKWARD_ROWS = 4;
constexpr int GROUPS = 4;       // groups of W channels of a task: neighbours in memory
constexpr int BACKWARD_GROUPS = 2;  // whose coefficients and their gradients L2 holds

// Register block: 4 rows of coefficients by this many columns.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int BLOCK = 4;
#else
constexpr int BLOCK = 2;
#endif

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
  bool whole() const { return lanes(groups - 1) == W; }
  Patch only(int g) const { return {H, L, group + g, 1, row, rows, reversed}; }
};

/** A run of chunks worked at once; the last one of a sequence may be a single chunk of fewer than T steps. */
struct Span {
  int start, chunks, steps, rows;  // steps of each chunk: T, or L mod T
  int columns() const { return chunks * rows; }
  int padded() const { return (columns() + BLOCK - 1) / BLOCK * BLOCK; }
  bool tail() const { return steps < T; }
};

/** Place of row 0 of a column in a tile of so many rows; rows follow each other by BLOCK. */
static ALWAYS_INLINE int columnAt(int c, int rows) {
  return static_cast<int>((static_cast<unsigned>(c) / BLOCK * rows) * BLOCK + static_cast<unsigned>(c) % BLOCK);
}

// Calls visit(group, place in the tiles, place in memory) for every vector of the span, in the order of memory.
template <typename Visit>
static ALWAYS_INLINE void eachVector(const Patch& patch, const Span& span, const Visit& visit) {
  const int64_t step = patch.reversed ? -patch.H : patch.H;
  const int tile = T * span.padded();
  for (int r = 0; r < span.rows; r++) {
    for (int s = 0; s < span.chunks; s++) {
      const int column = columnAt(s * span.rows + r, T);
      const int64_t at = patch.offset(r, span.start + s * T);
      for (int t = 0; t < span.steps; t++) {
        for (int g = 0; g < patch.groups; g++) visit(g, g * tile + column + t * BLOCK, at + t * step + g * W);
      }
    }
  }
}

/**
 * Calls visit(place in the tiles, place in a sequence that a task keeps, [group][row][L]) for every vector of the span.
 * Between two directions a task keeps what the second wants again: steps of a channel lie in one run there.
 */
template <typename Visit>
static ALWAYS_INLINE void eachKept(const Patch& patch, const Span& span, const Visit& visit) {
  const int tile = T * span.padded();
  for (int g = 0; g < patch.groups; g++) {
    for (int c = 0; c < span.columns(); c++) {
      const int step = span.start + c / span.rows * T, column = g * tile + columnAt(c, T);
      const int64_t first = static_cast<int64_t>(g * span.rows + c % span.rows) * patch.L;
      for (int t = 0; t < span.steps; t++) {
        visit(column + t * BLOCK, first + (patch.reversed ? patch.L - 1 - step - t : step + t));
      }
    }
  }
}

static inline void clearGaps(vf* tiles, const Patch& patch, const Span& span) {
  if (span.steps == T && span.padded() == span.columns()) return;
  memset(static_cast<void*>(tiles), 0, sizeof(vf) * patch.groups * T * span.padded());
}

/** Calls use(read), read(address, group) being the fastest way to read a vector of these channels. */
template <typename Use>
static ALWAYS_INLINE void reading(const Patch& patch, const Use& use) {
  if (patch.whole()) {
    use([](const float* at, int) { return load(at); });
  } else {
    use([&](const float* at, int g) { return load(at, patch.lanes(g)); });
  }
}

// From [batch, L, H] into tiles, one a group; steps and columns that are not there are zero.
static inline void pack(vf* tiles, const float* from, const Patch& patch, const Span& span) {
  clearGaps(tiles, patch, span);
  reading(patch, [&](const auto& read) {
    eachVector(patch, span, [&](int g, int to, int64_t at) { tiles[to] = read(from + at, g); });
  });
}

/** Calls use(write), write(address, value, group) being the fastest way to write one into the arrays, of which some may be null. */
template <typename Use, typename... Arrays>
static ALWAYS_INLINE void writing(const Patch& patch, const Use& use, const Arrays*... arrays) {
  // Small arrays of V8's begin at any multiple of 16 bytes.
  if ((canStream(arrays, patch.H) && ...)) {
    use([](float* at, vf value, int) { stream(at, value); });
  } else {
    use([&](float* at, vf value, int g) { store(at, value, patch.lanes(g)); });
  }
}

static inline void unpack(float* to, const vf* tiles, const Patch& patch, const Span& span) {
  auto use = [&](const auto& write) {
    eachVector(patch, span, [&](int g, int from, int64_t at) { write(to + at, tiles[from], g); });
  };
  writing(patch, use, to);
}

// One group's tile with its columns' steps moved by `by`, zeros where none was.
static inline void shift(vf* to, const vf* from, int by, int C) {
  for (int block = 0; block < C * T; block += BLOCK * T) {
    for (int t = 0; t < T; t++) {
      for (int j = 0; j < BLOCK; j++) {
        const bool there = t - by >= 0 && t - by < T;
        to[block + t * BLOCK + j] = there ? from[block + (t - by) * BLOCK + j] : vf{};
      }
    }
  }
}

}  // namespace ISA
}  // namespace spiking
