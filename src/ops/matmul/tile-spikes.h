// Numbers that are 0 or 1, times floats, on the tile unit's integers. The floats of a column become whole numbers of 29
// bits on a scale of their own (a power of two), cut into two pairs of digits of 8 and 7 bits. A pair's high digit meets
// spikes that count 128, its low one spikes that count 1, so both go into the same sum of 32 bits, without rounding: the
// only error is 2^-28 of the column's largest number for each spike at most. Columns whose largest number towers over the
// rest, and rows with other numbers than zeros and one other, are left to plain floats.
#pragma once
#if defined(__AMX_INT8__)
#include "tile-digits.h"

namespace spiking {
namespace ISA {
namespace tiles {

struct Spikes {
  static constexpr int DEPTH = DIGIT_DEPTH;    // of a step
  static constexpr int STEP = DIGIT_STEP;      // words of a step on the left: [counting 128, counting 1][two tiles]
  static constexpr int SUMS = 2 * PANEL * PANEL;
  static constexpr int MOST_COLUMNS = 512;     // of a task

  float unit;  // what all non-zeros on the left are

  static constexpr size_t leftWords(int steps) { return static_cast<size_t>(steps) * STEP; }
  /** [pair of digits][step][digit][two tiles], then the columns' scales. */
  static constexpr size_t rightWords(int steps) { return static_cast<size_t>(steps) * 2 * STEP + PANEL; }

  /** Packs the left panel of a view piece by piece; lanes past `items` and `depth` are zeros. */
  class Left {
   public:
    void begin(const Spikes& kind, int32_t* to, const View& view, int items, int depth) {
      to_ = to;
      view_ = view;
      items_ = items;
      depth_ = depth;
      unit_ = _mm512_set1_ps(kind.unit);
      other_ = 0;
    }
    static int pieces(int steps) { return steps * PANEL; }
    ALWAYS_INLINE void pack(int piece) {
      if (view_.depth == 1) packAlong(piece);
      else packAcross(piece);
    }
    /** Whether all numbers were 0 or the unit. */
    bool fit() const { return other_ == 0; }

   private:
    int32_t* to_;
    View view_;
    int items_, depth_;
    __m512 unit_;
    __mmask16 other_;

    /** Lanes that are the unit; notes what is neither that nor zero. */
    ALWAYS_INLINE __mmask16 spikes(__m512 x) {
      const __mmask16 some = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
      const __mmask16 fired = _mm512_cmp_ps_mask(x, unit_, _CMP_EQ_OQ);
      other_ |= some ^ fired;
      return fired;
    }

    // Depth contiguous: piece 32 k + i is item i of step k.
    ALWAYS_INLINE void packAlong(int piece) {
      const int k = piece / PANEL * DEPTH, i = piece % PANEL;
      int32_t* to = to_ + piece / PANEL * STEP + i * SIDE;
      uint64_t fired = 0;
#pragma GCC unroll 4
      for (int part = 0; part < 4; part++) {
        const __mmask16 lanes = i < items_ ? firstLanes(depth_ - k - part * SIDE) : 0;
        const __m512 x = _mm512_maskz_loadu_ps(lanes, view_.data + i * view_.item + k + part * SIDE);
        fired |= static_cast<uint64_t>(spikes(x)) << (part * SIDE);
      }
      _mm512_store_si512(to, _mm512_maskz_set1_epi8(fired, static_cast<char>(128)));
      _mm512_store_si512(to + 2 * TILE, _mm512_maskz_set1_epi8(fired, 1));
    }

    // Items contiguous: piece 32 k + 16 t + i is depths 4 i to 4 i + 3 of tile t of step k.
    ALWAYS_INLINE void packAcross(int piece) {
      const int k = piece / PANEL * DEPTH + piece % SIDE * 4, first = piece % PANEL / SIDE * SIDE;
      int32_t *many = to_ + piece / PANEL * STEP + first * SIDE, *ones = many + 2 * TILE;
      __m512i four = _mm512_setzero_si512();
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        const __mmask16 lanes = k + i < depth_ ? firstLanes(items_ - first) : 0;
        const __mmask16 fired = spikes(_mm512_maskz_loadu_ps(lanes, view_.data + first + (k + i) * view_.depth));
        four = _mm512_mask_or_epi32(four, fired, four, _mm512_set1_epi32(1 << 8 * i));
      }
      _mm512_store_si512(ones + piece % SIDE * SIDE, four);
      if (piece % SIDE != SIDE - 1) return;
      transpose(ones);
      for (int i = 0; i < TILE; i += SIDE) {
        _mm512_store_si512(many + i, _mm512_slli_epi32(_mm512_load_si512(ones + i), 7));
      }
    }
  };

  /** Columns that are contiguous. @returns whether 29 bits can stand for them */
  bool packRight(int32_t* to, const View& view, int items, int depth) const {
    const int steps = (depth + DEPTH - 1) / DEPTH;
    return packDigits(to, reinterpret_cast<float*>(to + steps * 2 * STEP), view, items, depth, unit);
  }

  /** between() is called once a turn: the tile unit works on while it does something else. */
  static constexpr int turns(int steps) { return 2 * steps; }
  template <typename Between>
  static ALWAYS_INLINE void multiply(const int32_t* left, const int32_t* right, int steps, float* sums, const Between& between) {
    for (int pair = 0; pair < 2; pair++) {
      zeroSums();
      const int32_t* a = left;
      for (int k = 0; k < steps; k++, a += STEP, right += STEP) {
        loadLeft(a);
        loadRight(right);
        products();
        loadLeft(a + 2 * TILE);
        loadRight(right + 2 * TILE);
        products();
        between();
      }
      storeSums(sums + pair * PANEL * PANEL);
    }
  }

  static ALWAYS_INLINE vf result(const float* sums, int row, int column, const int32_t* right, int steps) {
    const float* scales = reinterpret_cast<const float*>(right + steps * 2 * STEP) + column;
    const float* at = sums + row * PANEL + column;
    const __m512 high = _mm512_cvtepi32_ps(_mm512_load_si512(at));
    const __m512 low = _mm512_cvtepi32_ps(_mm512_load_si512(at + PANEL * PANEL));
    return (vf)_mm512_mul_ps(_mm512_fmadd_ps(high, _mm512_set1_ps(1 << 15), low), _mm512_loadu_ps(scales));
  }

  static ALWAYS_INLINE __mmask16 doubtful(vf) { return 0; }

 private:
  static ALWAYS_INLINE void products() {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
};

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
