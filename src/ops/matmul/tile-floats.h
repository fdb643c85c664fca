// Floats on the tile unit. A float is the exact sum of three numbers of 8 significant bits, high + middle + low; of the
// nine products of parts the six largest are summed, and what is left out lies below the rounding of float. What the
// parts cannot stand for (not finite, or so small that a part would be flushed to zero) is found while packing and in
// the results.
#pragma once
#if defined(__AMX_INT8__)
#include "matmul.h"
#include "tiles.h"

namespace spiking {
namespace ISA {
namespace tiles {

struct Floats {
  static constexpr int DEPTH = 32;                // of a step
  static constexpr int PARTS = 3;
  static constexpr int MOST_COLUMNS = 512;        // of a task
  static constexpr int STEP = PARTS * 2 * TILE;   // words of a panel's step: [part][two tiles]
  static constexpr int SUMS = PANEL * PANEL;      // floats of a block of results

  // Sizes of numbers, found through their bits: zero wraps around to the largest.
  struct Range {
    __m512i least = _mm512_set1_epi32(-1), most = _mm512_setzero_si512();
    ALWAYS_INLINE void see(__m512 x) {
      const __m512i twice = _mm512_slli_epi32(_mm512_castps_si512(x), 1);  // no sign
      least = _mm512_min_epu32(least, _mm512_sub_epi32(twice, _mm512_set1_epi32(1)));
      most = _mm512_max_epu32(most, twice);
    }
    ALWAYS_INLINE __mmask16 unfit() const {
      constexpr uint32_t SMALLEST = 31u << 24, LARGEST = 254u << 24;  // 2^-96, 2^127
      return _mm512_cmplt_epu32_mask(least, _mm512_set1_epi32(static_cast<int>(SMALLEST))) |
             _mm512_cmpge_epu32_mask(most, _mm512_set1_epi32(static_cast<int>(LARGEST)));
    }
  };

  static constexpr size_t leftWords(int steps) { return static_cast<size_t>(steps) * STEP; }
  static constexpr size_t rightWords(int steps) { return static_cast<size_t>(steps) * STEP; }

  /** Packs the left panel of a view piece by piece; lanes past `items` and `depth` are zeros. */
  class Left {
   public:
    void begin(const Floats&, int32_t* to, const View& view, int items, int depth) {
      *this = Left();
      to_ = to;
      view_ = view;
      items_ = items;
      depth_ = depth;
    }
    static int pieces(int steps) { return steps * PANEL; }
    ALWAYS_INLINE void pack(int piece) {
      if (view_.depth == 1) packPiece<true, false>(to_, view_, items_, depth_, piece, range_);
      else packPiece<false, false>(to_, view_, items_, depth_, piece, range_);
    }
    /** Whether the parts can stand for all that was packed. */
    bool fit() const { return range_.unfit() == 0; }

   private:
    int32_t* to_ = nullptr;
    View view_ = {};
    int items_ = 0, depth_ = 0;
    Range range_;
  };

  /** @returns whether the parts can stand for all of the panel */
  static bool packRight(int32_t* to, const View& view, int items, int depth) {
    Range range;
    const int pieces = roundUp(depth, DEPTH);
    if (view.depth == 1) {
      for (int piece = 0; piece < pieces; piece++) packPiece<true, true>(to, view, items, depth, piece, range);
    } else {
      for (int piece = 0; piece < pieces; piece++) packPiece<false, true>(to, view, items, depth, piece, range);
    }
    return range.unfit() == 0;
  }

  /** between() is called once a turn: the tile unit works on while it does something else. */
  static constexpr int turns(int steps) { return steps; }
  template <typename Between>
  static ALWAYS_INLINE void multiply(const int32_t* left, const int32_t* right, int steps, float* sums, const Between& between) {
    zeroSums();
    for (int k = 0; k < steps; k++, left += STEP, right += STEP) {
      // From one product of parts to the next only one side changes; the smallest come first.
      loadRight(right + 2 * 2 * TILE);
      loadLeft(left);
      products();
      loadRight(right + 2 * TILE);
      products();
      loadLeft(left + 2 * TILE);
      products();
      between();
      loadRight(right);
      products();
      loadLeft(left + 2 * 2 * TILE);
      products();
      loadLeft(left);
      products();
    }
    storeSums(sums);
  }

  /** Sixteen results from `sums`, of a row and from a column on. */
  static ALWAYS_INLINE vf result(const float* sums, int row, int column, const int32_t*, int) {
    return load(sums + row * PANEL + column);
  }

  /** Lanes of results whose parts may have been lost. */
  static ALWAYS_INLINE __mmask16 doubtful(vf results) {
    Range range;
    range.see((__m512)results);
    return range.unfit();
  }

 private:
  static ALWAYS_INLINE void products() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }

  // Near enough for a part: ties away from zero. What it misses is in the parts that follow; the last is exact.
  static ALWAYS_INLINE __m512 highPart(__m512 x) {
    const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
    return _mm512_castsi512_ps(_mm512_and_si512(bits, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
  }

  // Piece 32 k + 16 t + i of a panel: row i of tile t of step k, [item][pair] on the left and [pair][item] on the right.
  // ALONG: the depth is contiguous. A word pairs depths i and 16 + i.
  template <bool ALONG, bool RIGHT>
  static ALWAYS_INLINE void packPiece(int32_t* panel, const View& view, int items, int depth, int piece, Range& range) {
    const int k = piece / PANEL * DEPTH, first = piece % PANEL / SIDE * SIDE, i = piece % SIDE;
    const int here = items - first, deep = depth - k;
    const View tile = view.from(first, k);
    int32_t* to = panel + piece / PANEL * STEP + first / SIDE * TILE;
    __m512 a = _mm512_setzero_ps(), b = _mm512_setzero_ps();
    if (here >= SIDE && deep >= DEPTH) {
      a = _mm512_loadu_ps(tile.data + i * (ALONG ? tile.item : tile.depth));
      b = _mm512_loadu_ps(tile.data + (ALONG ? i * tile.item + SIDE : (i + SIDE) * tile.depth));
    } else if (ALONG && i < here) {
      a = _mm512_maskz_loadu_ps(firstLanes(deep), tile.data + i * tile.item);
      b = _mm512_maskz_loadu_ps(firstLanes(deep - SIDE), tile.data + i * tile.item + SIDE);
    } else if (!ALONG) {
      if (i < deep) a = _mm512_maskz_loadu_ps(firstLanes(here), tile.data + i * tile.depth);
      if (i + SIDE < deep) b = _mm512_maskz_loadu_ps(firstLanes(here), tile.data + (i + SIDE) * tile.depth);
    }
    range.see(a);
    range.see(b);
#pragma GCC unroll 3
    for (int part = 0; part < PARTS; part++) {
      const __m512 c = part < PARTS - 1 ? highPart(a) : a, d = part < PARTS - 1 ? highPart(b) : b;
      const __m512i pair = _mm512_or_si512(_mm512_srli_epi32(_mm512_castps_si512(c), 16), _mm512_castps_si512(d));
      _mm512_store_si512(to + part * 2 * TILE + i * SIDE, pair);
      a = _mm512_sub_ps(a, c);
      b = _mm512_sub_ps(b, d);
    }
    if (ALONG == RIGHT && i == SIDE - 1) {
      for (int part = 0; part < PARTS; part++) transpose(to + part * 2 * TILE);
    }
  }
};

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
