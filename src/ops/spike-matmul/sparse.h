// Products with spikes by adding up only what they meet. A strip of columns is a table that stays in L1 while every row, or
// every channel, adds up its own share of it.
#pragma once
#include "places.h"

namespace spiking {
namespace ISA {
namespace sparse {

constexpr int ROWS = 256;  // of a block

/** Columns [rows, cols] as tables, strip after strip, shared by all tasks. */
static const float* allTables(const float* from, int rows, int cols) {
  const size_t each = tableFloats(rows);
  float* all = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * each * strips(cols)));
  parallel(strips(cols), 0, [&](int strip, float*) {
    packTable(all + strip * each, from + strip * STRIP, cols, rows, cols - strip * STRIP);
  });
  return all;
}

// Some of a sum's floats to memory.
static ALWAYS_INLINE void storeStrip(float* to, const vf (&sum)[VECTORS], int columns) {
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; v++) {
    if (v * W < columns) store(to + v * W, sum[v], atMost(W, columns - v * W));
  }
}

static ALWAYS_INLINE void loadStrip(vf (&to)[VECTORS], const float* from, int columns) {
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; v++) to[v] = v * W < columns ? load(from + v * W, atMost(W, columns - v * W)) : vf{};
}

static void forward(const SpikeForward& args) {
  const int K = args.K, cols = args.cols, tasks = (args.rows + ROWS - 1) / ROWS;
  const float* tables = allTables(args.weights, K, cols);
  parallel(tasks, Places::floats(ROWS, K), [&](int task, float* memory) {
    const int first = task * ROWS, rows = atMost(ROWS, args.rows - first);
    const float* S = args.S + static_cast<int64_t>(first) * K;
    Places places(memory, rows, K);
    places.ofRows(S, rows, K, K);
    for (int strip = 0; strip < strips(cols); strip++) {
      const int from = strip * STRIP, columns = atMost(STRIP, cols - from);
      vf bias[VECTORS];
      loadStrip(bias, args.bias + from, columns);
      float* y = args.y + static_cast<int64_t>(first) * cols + from;
      eachSum(places, tables + strip * tableFloats(K), [&](int r, int k) { return S[static_cast<int64_t>(r) * K + k]; },
              [&](int r, vf (&sum)[VECTORS]) __attribute__((always_inline)) {
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) sum[v] += bias[v];
                storeStrip(y + static_cast<int64_t>(r) * cols, sum, columns);
              });
    }
  });
}

/** dW [strips][K] and behind it db [strips], vectors of a strip, of each part of the rows. */
class StripSums {
 public:
  StripSums(int K, int cols, int strips, int parts)
      : K_(K), cols_(cols), strips_(strips), parts_(parts), size_(static_cast<size_t>(K + 1) * strips * STRIP),
        all_(static_cast<float*>(keptMemory(Kept::sums, sizeof(float) * size_ * parts))) {}
  void clear(int part) const { memset(all_ + part * size_, 0, sizeof(float) * size_); }
  /** The first of K rows of a strip. */
  float* of(int part, int strip) const { return all_ + part * size_ + static_cast<size_t>(strip) * K_ * STRIP; }
  float* bias(int part, int strip) const { return of(part, strips_) + strip * STRIP; }
  /** Adds up the parts. columnsOf(strip) are the columns of a strip. */
  template <typename ColumnsOf>
  void collect(float* dW, float* db, const ColumnsOf& columnsOf) const {
    parallel(strips_, 0, [&](int strip, float*) {
      const Range columns = columnsOf(strip);
      for (int k = 0; k <= K_; k++) {
        float total[STRIP] = {};
        for (int part = 0; part < parts_; part++) {
          const float* from = k < K_ ? of(part, strip) + k * STRIP : bias(part, strip);
          for (int c = 0; c < STRIP; c++) total[c] += from[c];
        }
        float* to = k < K_ ? dW + static_cast<int64_t>(k) * cols_ : db;
        memcpy(to + columns.from, total, sizeof(float) * columns.size());
      }
    });
  }

 private:
  int K_, cols_, strips_, parts_;
  size_t size_;
  float* all_;
};

// Gradients of one strip of weights from a block of rows, and of its bias: table holds its columns of dY.
static ALWAYS_INLINE void addStrip(const StripSums& sums, int part, int strip, const Places& places, const float* S, int K,
                                   const float* table, int rows) {
  float* to = sums.of(part, strip);
  eachSum(places, table, [&](int k, int r) { return S[static_cast<int64_t>(r) * K + k]; },
          [&](int k, vf (&sum)[VECTORS]) __attribute__((always_inline)) {
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) store(to + k * STRIP + v * W, load(to + k * STRIP + v * W) + sum[v]);
          });
  float* bias = sums.bias(part, strip);
  for (int v = 0; v < VECTORS; v++) {
    vf total = {};
    for (int r = 0; r < rows; r++) total += load(table + r * STRIP + v * W);
    store(bias + v * W, load(bias + v * W) + total);
  }
}

static void weights(const SpikeWeights& args) {
  // Each task has a share of the rows and a gradient of its own; the shares depend on the shape alone.
  const int K = args.K, cols = args.cols, blocks = (args.rows + ROWS - 1) / ROWS, parts = atMost(blocks, 8);
  const StripSums sums(K, cols, strips(cols), parts);
  parallel(parts, Places::floats(K, ROWS) + W + tableFloats(ROWS), [&](int part, float* memory) {
    float* table = memory + roundUp(static_cast<int>(Places::floats(K, ROWS)), W);
    sums.clear(part);
    for (int i = blocks * part / parts; i < blocks * (part + 1) / parts; i++) {
      const int first = i * ROWS, rows = atMost(ROWS, args.rows - first);
      const float* S = args.S + static_cast<int64_t>(first) * K;
      Places places(memory, K, ROWS);
      places.ofChannels(S, rows, K);
      for (int strip = 0; strip < strips(cols); strip++) {
        packTable(table, args.dY + static_cast<int64_t>(first) * cols + strip * STRIP, cols, rows, cols - strip * STRIP);
        addStrip(sums, part, strip, places, S, K, table, rows);
      }
    }
  });
  sums.collect(args.dW, args.db, [&](int strip) { return Range{strip * STRIP, atMost(cols, (strip + 1) * STRIP)}; });
}

}  // namespace sparse
}  // namespace ISA
}  // namespace spiking
