// Where the spikes of a block of rows are, row by row or channel by channel, and sums of a table's rows at such places.
#pragma once
#include "../matmul/matmul.h"
#include "lanes.h"

namespace spiking {
namespace ISA {
namespace sparse {

constexpr int STRIP = 16;             // floats of a table's row: with so few, some hundred rows stay in L1
constexpr int VECTORS = STRIP / W;
constexpr int STEP = 4;               // places are filled up to a multiple with that of the row of zeros behind the table
constexpr int UNIT = STRIP / 2;       // places count pairs of floats, as an address can scale them
constexpr int MOST = 65535 / UNIT;    // rows of a table

typedef uint16_t Place;

static inline int strips(int columns) { return (columns + STRIP - 1) / STRIP; }
constexpr size_t tableFloats(int rows) { return static_cast<size_t>(rows + 1) * STRIP; }

/** Some columns of a matrix as a table, zeros in the row behind it and right of the last column. */
static inline void packTable(float* table, const float* from, int64_t stride, int rows, int columns) {
  if (columns < STRIP) memset(table, 0, sizeof(float) * tableFloats(rows));
  for (int row = 0; row < rows; row++) memcpy(table + row * STRIP, from + row * stride, sizeof(float) * atMost(STRIP, columns));
  memset(table + rows * STRIP, 0, sizeof(float) * STRIP);
}

/** The non-zeros of a block of spikes: of each row its channels, or of each channel its rows. */
class Places {
 public:
  static size_t floats(int items, int most) {
    return (static_cast<size_t>(items) * width(most) + width(items)) / 2 + items + W;
  }

  Places(float* memory, int items, int most)
      : items_(items), width_(width(most)), counts_(reinterpret_cast<int32_t*>(memory)),
        places_(reinterpret_cast<Place*>(counts_ + items)), one_(places_ + static_cast<size_t>(items) * width_) {}

  /** Of the first K columns of S, `stride` apart. */
  void ofRows(const float* S, int rows, int K, int stride) {
    begin();
    for (int r = 0; r < rows; r++) counts_[r] = find(S + static_cast<int64_t>(r) * stride, K, places_ + r * width_);
    fill(K);
  }
  void ofChannels(const float* S, int rows, int K) {
    begin();
    memset(counts_, 0, sizeof(int32_t) * K);
    for (int r = 0; r < rows; r++) {
      const int count = find(S + static_cast<int64_t>(r) * K, K, one_);
      for (int i = 0; i < count; i++) {
        const int k = one_[i] / UNIT;
        places_[k * width_ + counts_[k]++] = static_cast<Place>(r * UNIT);
      }
    }
    fill(rows);
  }

  int items() const { return items_; }
  int count(int item) const { return counts_[item]; }
  const Place* of(int item) const { return places_ + item * width_; }
  /** What every non-zero is; 0 where they are several. */
  float unit() const { return uniform_ ? unit_ : 0; }

 private:
  static int width(int most) { return roundUp(most, STEP) + W; }

  void begin() {
    unit_ = 0;
    uniform_ = true;
  }

  // Places of a row's non-zeros, in order; writes up to W more.
  ALWAYS_INLINE int find(const float* row, int K, Place* to) {
    int count = 0, k = 0;
#if defined(__AVX2__)
    for (; k + W <= K; k += W) {
      const vf x = load(row + k);
      const unsigned some = numbersOf(to + count, x, k, UNIT);
      if (unit_ == 0 && some != 0) unit_ = row[k + __builtin_ctz(some)];
      uniform_ &= (some & ~equalLanes(x, unit_)) == 0;
      count += __builtin_popcount(some);
    }
#endif
    for (; k < K; k++) {  // every place is written, only those of non-zeros are kept
      const float x = row[k];
      to[count] = static_cast<Place>(k * UNIT);
      count += x != 0;
      unit_ = unit_ == 0 ? x : unit_;
      uniform_ &= (x == 0) | (x == unit_);
    }
    return count;
  }

  void fill(int behind) {
    for (int i = 0; i < items_; i++) {
      for (int n = counts_[i]; n % STEP != 0; n++) places_[i * width_ + n] = static_cast<Place>(behind * UNIT);
    }
  }

  int items_, width_;
  int32_t* counts_;
  Place *places_, *one_;
  float unit_ = 0;
  bool uniform_ = true;
};

/** Sum of a table's rows at the places of an item. */
static ALWAYS_INLINE void addRows(vf (&sum)[VECTORS], const float* table, const Place* places, int count) {
  constexpr int CHAINS = STEP / VECTORS;  // sums side by side, since one would wait for itself
  vf sums[CHAINS][VECTORS] = {};
  for (int i = 0; i < count; i += STEP) {
#pragma GCC unroll 4
    for (int n = 0; n < STEP; n++) {
      const vf* row = reinterpret_cast<const vf*>(reinterpret_cast<const double*>(table) + places[i + n]);
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) sums[n % CHAINS][v] += row[v];
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; v++) {
    sum[v] = sums[0][v];
#pragma GCC unroll 4
    for (int chain = 1; chain < CHAINS; chain++) sum[v] += sums[chain][v];
  }
}

/**
 * Calls use(item, sum) for every item: the sum of the table's rows at its places, each times the spike's value. valueAt(item,
 * n) is that of row n of the table; it is asked where spikes are of several sizes.
 */
template <typename ValueAt, typename Use>
static ALWAYS_INLINE void eachSum(const Places& places, const float* table, const ValueAt& valueAt, const Use& use) {
  const float unit = places.unit();
  for (int item = 0; item < places.items(); item++) {
    vf sum[VECTORS];
    if (unit != 0 || places.count(item) == 0) {
      addRows(sum, table, places.of(item), places.count(item));
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) sum[v] *= unit;
    } else {
      for (int v = 0; v < VECTORS; v++) sum[v] = vf{};
      for (int i = 0; i < places.count(item); i++) {
        const int n = places.of(item)[i] / UNIT;
        const vf value = splat(valueAt(item, n));
        for (int v = 0; v < VECTORS; v++) sum[v] += value * load(table + n * STRIP + v * W);
      }
    }
    use(item, sum);
  }
}

}  // namespace sparse
}  // namespace ISA
}  // namespace spiking
