// The gradient of x where a spike passes it on, and nowhere else: a product of which only some elements are asked for. An
// element is a sum over the 2 H gradients of a row. Those lie in registers while the columns of w that are asked for come
// by, from a tile of them that stays in L1.
#pragma once
#include "blocks.h"

namespace spiking {
namespace ISA {
namespace tail {

constexpr int COLUMNS = 64;  // of x in a tile
constexpr int DEPTH = 8;     // strips in a tile

/**
 * to[i] (+)= the product of a row's gradients of some strips with the column at place i of a tile, STEP places at once.
 */
template <int STRIPS>
static ALWAYS_INLINE void sampleRow(const float* gradients, const float* tile, const sparse::Place* places, int count, bool add, float* to) {
  using namespace sparse;
  constexpr int SIZE = STRIPS * VECTORS;
  vf row[SIZE];
#pragma GCC unroll 32
  for (int v = 0; v < SIZE; v++) row[v] = load(gradients + v / VECTORS * TABLE + v % VECTORS * W);
  for (int i = 0; i < count; i += STEP) {
    const vf* column[STEP];
    vf sums[STEP];
#pragma GCC unroll 4
    for (int n = 0; n < STEP; n++) {
      column[n] = reinterpret_cast<const vf*>(tile + places[i + n] / UNIT * (STRIPS * STRIP));
      sums[n] = row[0] * column[n][0];
    }
#pragma GCC unroll 32
    for (int v = 1; v < SIZE; v++) {
#pragma GCC unroll 4
      for (int n = 0; n < STEP; n++) sums[n] += row[v] * column[n][v];
    }
    storeSums(to + i, sums, add);
  }
}

/** w by rows, in tiles [columns][slice of strips][COLUMNS][strip][STRIP], zeros where a strip has fewer columns. */
class Sampled {
 public:
  Sampled(const float* weights, int K, int H) : strips_(2 * sparse::strips(H)), tiles_(pack(weights, K, H)) {}

  /** Floats of memory that block() wants. */
  static size_t floats(int) { return ofPlaces() + ROWS * PITCH; }

  /** gradients: strips of 2 H columns, TABLE floats each. Those of dropped channels are zeros. */
  void block(float* memory, const float* gradients, const float*, Range rows, const SpikeGluBackward& args) const {
    const int K = args.K;
    const int64_t first = static_cast<int64_t>(rows.from) * K;
    float* sums = memory + ofPlaces();
    sparse::Places places(memory, rows.size(), COLUMNS);
    for (int k = 0; k < K; k += COLUMNS) {
      const int columns = atMost(COLUMNS, K - k);
      places.ofRows(args.slope + first + k, rows.size(), columns, K);
      for (int strip = 0; strip < strips_; strip += DEPTH) {
        const float *from = gradients + strip * TABLE, *tile = tiles_ + offset(k, strip);
        switch (atMost(DEPTH, strips_ - strip)) {  // one of these, since values and gates have as many strips
          case 8: slice<8>(tile, from, places, strip > 0, sums); break;
          case 6: slice<6>(tile, from, places, strip > 0, sums); break;
          case 4: slice<4>(tile, from, places, strip > 0, sums); break;
          default: slice<2>(tile, from, places, strip > 0, sums);
        }
      }
      for (int r = 0; r < rows.size(); r++) {
        const int64_t at = first + static_cast<int64_t>(r) * K + k;
        const float* next = sums + r * PITCH;
        for (int c = 0; c < columns; c += W) next += sparse::spread(args.dx + at + c, next, args.slope + at + c, atMost(W, columns - c));
      }
    }
  }

 private:
  static constexpr int PITCH = COLUMNS + W;  // floats of a row's sums

  static size_t ofPlaces() { return roundUp(static_cast<int>(sparse::Places::floats(ROWS, COLUMNS)), W); }

  const float* pack(const float* weights, int K, int H) const {
    using sparse::STRIP;
    const int count = (K + COLUMNS - 1) / COLUMNS;
    const size_t each = static_cast<size_t>(COLUMNS) * strips_ * STRIP, behind = DEPTH * STRIP;  // padding of places points behind a tile
    float* all = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * (each * count + behind)));
    parallel(count, 0, [&](int tile, float*) {
      memset(all + tile * each, 0, sizeof(float) * (each + (tile == count - 1 ? behind : 0)));
      for (int k = tile * COLUMNS; k < atMost(K, (tile + 1) * COLUMNS); k++) {
        for (int strip = 0; strip < strips_; strip++) {
          const Range columns = columnsOf(H, strip);
          float* to = all + offset(k, strip / DEPTH * DEPTH) + strip % DEPTH * STRIP;
          memcpy(to, weights + static_cast<int64_t>(k) * 2 * H + columns.from, sizeof(float) * columns.size());
        }
      }
    });
    return all;
  }

  /** Where column k of the slice lies that begins with a strip. */
  size_t offset(int k, int strip) const {
    const size_t before = static_cast<size_t>(k / COLUMNS * COLUMNS) * strips_ + COLUMNS * strip;
    return (before + k % COLUMNS * atMost(DEPTH, strips_ - strip)) * sparse::STRIP;
  }

  template <int STRIPS>
  static void slice(const float* tile, const float* gradients, const sparse::Places& places, bool add, float* sums) {
    for (int r = 0; r < places.items(); r++) {
      sampleRow<STRIPS>(gradients + r * sparse::STRIP, tile, places.of(r), places.count(r), add, sums + r * PITCH);
    }
  }

  int strips_;
  const float* tiles_;
};

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
