// Columns of floats as whole numbers of 29 bits on a scale of their own, cut into four digits: 8, 7, 8 and 7 bits.
#pragma once
#if defined(__AMX_INT8__)
#include "tiles.h"

namespace spiking {
namespace ISA {
namespace tiles {

constexpr int DIGIT_DEPTH = 64;              // numbers along the depth in a tile
constexpr int DIGIT_STEP = 2 * 2 * TILE;     // words of a panel's step: [high digit, low digit][two tiles]

/** The rest of a column must be this large on average, as a share of its largest number: 2^-8. */
constexpr float LEAST_SHARE = 256;

// Lanes in which one number towers over the other `rest`, which would leave them few bits.
static ALWAYS_INLINE __mmask16 towers(__m512 most, __m512 total, __m512 rest) {
  const __m512 others = _mm512_mul_ps(_mm512_sub_ps(total, most), _mm512_set1_ps(LEAST_SHARE));
  return _mm512_cmp_ps_mask(others, _mm512_mul_ps(most, rest), _CMP_LT_OQ);
}

// The non-zeros of columns, less one.
static __m512 othersOf(const float* from, int64_t stride, __mmask16 lanes, int depth) {
  __m512 count = _mm512_set1_ps(-1);
  for (int k = 0; k < depth; k++) {
    const __mmask16 some = _mm512_cmp_ps_mask(_mm512_maskz_loadu_ps(lanes, from + k * stride), _mm512_setzero_ps(), _CMP_NEQ_UQ);
    count = _mm512_mask_add_ps(count, some, count, _mm512_set1_ps(1));
  }
  return count;
}

static void packTiles(int32_t* to, const float* from, int64_t stride, __mmask16 lanes, int depth, __m512 factor) {
  const int steps = (depth + DIGIT_DEPTH - 1) / DIGIT_DEPTH;
  // Bits 0-6, 7-14, 15-21 and from 22 on, each its own byte; all but the last from -64 or -128 on.
  const __m512i places = _mm512_set1_epi64(0x362f'2720'160f'0700);
  const __m512i kept = _mm512_set1_epi32(static_cast<int>(0xff7fff7f)), zero = _mm512_set1_epi32(0x00408040);
  const __m512i middle = _mm512_set1_epi32(64 + (128 << 7) + (64 << 15));
  const size_t pair = static_cast<size_t>(steps) * DIGIT_STEP;
  for (int word = 0; word < steps * SIDE; word++) {
    __m512i v[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      const int k = 4 * word + i;
      const __m512 x = k < depth ? _mm512_maskz_loadu_ps(lanes, from + k * stride) : _mm512_setzero_ps();
      const __m512i whole = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x, factor)), middle);
      v[i] = _mm512_sub_epi8(_mm512_and_si512(_mm512_multishift_epi64_epi8(places, whole), kept), zero);
    }
    // From four digits of a number to four numbers of a digit.
    __m512i even[2], odd[2];
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      even[i] = _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, v[2 * i], _mm512_slli_epi16(v[2 * i + 1], 8));
      odd[i] = _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, _mm512_srli_epi16(v[2 * i], 8), v[2 * i + 1]);
    }
    int32_t* at = to + word / SIDE * DIGIT_STEP + word % SIDE * SIDE;
    auto low = [](const __m512i (&w)[2]) { return _mm512_mask_blend_epi16(0xaaaaaaaa, w[0], _mm512_slli_epi32(w[1], 16)); };
    auto high = [](const __m512i (&w)[2]) { return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(w[0], 16), w[1]); };
    _mm512_store_si512(at, high(odd));
    _mm512_store_si512(at + 2 * TILE, high(even));
    _mm512_store_si512(at + pair, low(odd));
    _mm512_store_si512(at + pair + 2 * TILE, low(even));
  }
}

/**
 * A panel of columns, each contiguous with its neighbours: [pair of digits][step][digit][two tiles]; scales[item] is what a
 * whole number counts, times `unit`. @returns whether 29 bits can stand for them
 */
static bool packDigits(int32_t* to, float* scales, const View& view, int items, int depth, float unit) {
  bool fit = true;
  for (int first = 0; first < PANEL; first += SIDE) {
    const __mmask16 lanes = firstLanes(items - first);
    const float* from = view.data + first;
    __m512i most = _mm512_setzero_si512();
    __m512 total = _mm512_setzero_ps();
    for (int k = 0; k < depth; k++) {
      const __m512 size = _mm512_abs_ps(_mm512_maskz_loadu_ps(lanes, from + k * view.depth));
      most = _mm512_max_epu32(most, _mm512_castps_si512(size));
      total = _mm512_add_ps(total, size);
    }
    const __m512i exponent = _mm512_srli_epi32(most, 23);
    const __mmask16 some = _mm512_test_epi32_mask(most, most);
    const __mmask16 extreme = _mm512_cmplt_epu32_mask(exponent, _mm512_set1_epi32(60)) |
                              _mm512_cmpgt_epu32_mask(exponent, _mm512_set1_epi32(200));
    const __m512 largest = _mm512_castsi512_ps(most);
    __mmask16 uneven = some & towers(largest, total, _mm512_set1_ps(depth - 1));
    if (uneven != 0) uneven &= towers(largest, total, othersOf(from, view.depth, lanes, depth));
    fit = fit && (some & extreme) == 0 && uneven == 0;
    const __m512i up = _mm512_slli_epi32(_mm512_sub_epi32(_mm512_set1_epi32(127 + 27 + 127), exponent), 23);
    const __m512i down = _mm512_slli_epi32(_mm512_sub_epi32(exponent, _mm512_set1_epi32(27)), 23);
    const __m512 factor = _mm512_maskz_mov_ps(some & ~extreme, _mm512_castsi512_ps(up));
    const __m512 scale = _mm512_maskz_mov_ps(some & ~extreme, _mm512_castsi512_ps(down));
    _mm512_storeu_ps(scales + first, _mm512_mul_ps(scale, _mm512_set1_ps(unit)));
    packTiles(to + first * SIDE, from, view.depth, lanes, depth, factor);
  }
  return fit;
}

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
