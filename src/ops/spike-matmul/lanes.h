// Which lanes of a vector hold something: their numbers in order, and their ranks among each other. AVX-512 has
// instructions for it, AVX2 looks it up.
#pragma once
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {
namespace sparse {

#if defined(__AVX2__) && !defined(__AVX512F__)
struct LaneTables {
  uint8_t numbers[256][8];  // of the lanes whose bit is set, in order
  uint8_t ranks[256][8];    // how many of the lanes before are set
};

constexpr LaneTables laneTables() {
  LaneTables tables = {};
  for (int mask = 0; mask < 256; mask++) {
    int count = 0;
    for (int lane = 0; lane < 8; lane++) {
      tables.ranks[mask][lane] = static_cast<uint8_t>(count);
      if (mask >> lane & 1) tables.numbers[mask][count++] = static_cast<uint8_t>(lane);
    }
  }
  return tables;
}

constexpr LaneTables LANES = laneTables();
#endif

/** The next values in the lanes where `where` is not 0, zeros elsewhere. @returns how many were taken */
static ALWAYS_INLINE int spread(float* to, const float* values, const float* where, int lanes) {
#if defined(__AVX512F__)
  const __mmask16 open = _mm512_cmp_ps_mask((__m512)load(where, lanes), _mm512_setzero_ps(), _CMP_NEQ_UQ);
  store(to, (vf)_mm512_maskz_expand_ps(open, _mm512_loadu_ps(values)), lanes);
  return __builtin_popcount(open);
#elif defined(__AVX2__)
  const __m256 open = _mm256_cmp_ps((__m256)load(where, lanes), _mm256_setzero_ps(), _CMP_NEQ_UQ);
  const int mask = _mm256_movemask_ps(open);
  const __m256i ranks = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(LANES.ranks[mask])));
  store(to, (vf)_mm256_and_ps(open, _mm256_permutevar8x32_ps(_mm256_loadu_ps(values), ranks)), lanes);
  return __builtin_popcount(mask);
#else
  int taken = 0;
  for (int lane = 0; lane < lanes; lane++) {
    const float value = values[taken];
    const bool open = where[lane] != 0;
    to[lane] = open ? value : 0;
    taken += open;
  }
  return taken;
#endif
}

#if defined(__AVX2__)
/** Numbers of the lanes that are not 0, counted from `first` and times `unit`; writes W of them. @returns the lanes as bits */
static ALWAYS_INLINE unsigned numbersOf(uint16_t* to, vf x, int first, int unit) {
#if defined(__AVX512F__)
  const __mmask16 some = _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i numbers = _mm512_mullo_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(first)), _mm512_set1_epi32(unit));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(some, numbers)));
#else
  const unsigned some = _mm256_movemask_ps(_mm256_cmp_ps((__m256)x, _mm256_setzero_ps(), _CMP_NEQ_UQ));
  const __m128i lanes = _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(LANES.numbers[some])));
  const __m128i numbers = _mm_mullo_epi16(_mm_add_epi16(lanes, _mm_set1_epi16(first)), _mm_set1_epi16(unit));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), numbers);
#endif
  return some;
}

/** The lanes that are `value`, as bits. */
static ALWAYS_INLINE unsigned equalLanes(vf x, float value) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(value), _CMP_EQ_OQ);
#else
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)x, _mm256_set1_ps(value), _CMP_EQ_OQ));
#endif
}
#endif

}  // namespace sparse
}  // namespace ISA
}  // namespace spiking
