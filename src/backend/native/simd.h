// Vectors of WIDTH floats through the compiler's vector extensions, so that one source serves every instruction
// set. A file that includes this is compiled once per set, with ISA naming the namespace and WIDTH the lanes.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

#ifndef ISA
#error "ISA must name the instruction set, see build.mjs"
#endif
#define ALWAYS_INLINE inline __attribute__((always_inline))

namespace spiking {
namespace ISA {

constexpr int W = WIDTH;
typedef float vf __attribute__((vector_size(WIDTH * 4), may_alias));
typedef float vfu __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(WIDTH * 4), may_alias));

// By a difference, which the compiler drops; a sum with 0 it must keep, for the sake of -0.
static ALWAYS_INLINE vf splat(float value) { return value - vf{}; }
static ALWAYS_INLINE vf load(const float* from) { return *reinterpret_cast<const vfu*>(from); }
static ALWAYS_INLINE void store(float* to, vf value) { *reinterpret_cast<vfu*>(to) = value; }

// The first `lanes` floats, zeros behind them; nothing past them is touched.
static ALWAYS_INLINE vf load(const float* from, int lanes) {
  if (lanes == W) return load(from);
  alignas(sizeof(vf)) float copy[W] = {};
  memcpy(copy, from, sizeof(float) * lanes);
  return *reinterpret_cast<const vf*>(copy);
}

static ALWAYS_INLINE void store(float* to, vf value, int lanes) {
  if (lanes == W) return store(to, value);
  alignas(sizeof(vf)) float copy[W];
  *reinterpret_cast<vf*>(copy) = value;
  memcpy(to, copy, sizeof(float) * lanes);
}

// Past the caches, for results that are not read again soon. The address must be a multiple of the vector's size.
static ALWAYS_INLINE void stream(float* to, vf value) {
#if defined(__AVX512F__)
  _mm512_stream_ps(to, (__m512)value);
#elif defined(__AVX__)
  _mm256_stream_ps(to, (__m256)value);
#else
  *reinterpret_cast<vf*>(to) = value;
#endif
}

// Whether every vector of such rows can be written so.
static inline bool canStream(const float* to, int64_t rowFloats) {
  return rowFloats % W == 0 && reinterpret_cast<uintptr_t>(to) % sizeof(vf) == 0;
}

static ALWAYS_INLINE vf select(vi mask, vf yes, vf no) { return mask ? yes : no; }
static ALWAYS_INLINE vf absolute(vf a) { return (vf)((vi)a & 0x7fffffff); }
// a > b ? a : b, which the compiler makes of a comparison and a masked move where it is not told.
static ALWAYS_INLINE vf larger(vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

static ALWAYS_INLINE float sum(vf a) {
  float total = 0;
  for (int i = 0; i < W; i++) total += a[i];
  return total;
}

// to[i] (+)= the sum over the lanes of a[i]. Those of four vectors together are a few shuffles.
static ALWAYS_INLINE void storeSums(float* to, const vf (&a)[4], bool add) {
#if defined(__AVX__)
#if defined(__AVX512F__)
  const auto folded = [](vf low, vf high) {
    return _mm512_add_ps(_mm512_unpacklo_ps((__m512)low, (__m512)high), _mm512_unpackhi_ps((__m512)low, (__m512)high));
  };
  const __m512d first = (__m512d)folded(a[0], a[1]), second = (__m512d)folded(a[2], a[3]);
  const __m512 each = _mm512_add_ps((__m512)_mm512_unpacklo_pd(first, second), (__m512)_mm512_unpackhi_pd(first, second));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(each), (__m256)_mm512_extractf64x4_pd((__m512d)each, 1));
#else
  const __m256 half = _mm256_hadd_ps(_mm256_hadd_ps((__m256)a[0], (__m256)a[1]), _mm256_hadd_ps((__m256)a[2], (__m256)a[3]));
#endif
  const __m128 sums = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  _mm_storeu_ps(to, add ? _mm_add_ps(sums, _mm_loadu_ps(to)) : sums);
#else
  for (int i = 0; i < 4; i++) to[i] = (add ? to[i] : 0) + sum(a[i]);
#endif
}

// tau * u + x rounded once where the set has a fused multiply-add; elsewhere through double, which differs from
// it only where the double sum itself is a tie.
static ALWAYS_INLINE vf fusedMultiplyAdd(vf a, vf b, vf c) {
#if defined(__FMA__) || defined(__aarch64__)
  return a * b + c;
#else
  typedef double vd __attribute__((vector_size(WIDTH * 8)));
  return __builtin_convertvector(
      __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd) + __builtin_convertvector(c, vd), vf);
#endif
}

// e^x to about one unit in the last place: 2^n * e^r with |r| <= ln(2)/2 and a polynomial of degree 6 for e^r.
static ALWAYS_INLINE vf exponential(vf x) {
  x = x < 88.3f ? x : splat(88.3f);
  x = x > -87.3f ? x : splat(-87.3f);
  const vf shifted = x * 1.44269504088896341f + 12582912.0f;
  const vf n = shifted - 12582912.0f;
  vf r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return (vf)((vi)p + (((vi)shifted - 0x4b400000) << 23));
}

static ALWAYS_INLINE vf sigmoid(vf x) { return 1.0f / (1.0f + exponential(-x)); }

// acc[i][j] += sum over k of a[i, k] * b[k, j]: the register block behind every matrix product here.
template <int I, int J>
static ALWAYS_INLINE void multiplyBlock(vf (&acc)[I][J], const vf* a, ptrdiff_t aRow, ptrdiff_t aStep, const vf* b,
                                        ptrdiff_t bStep, ptrdiff_t bColumn, int n) {
  for (int k = 0; k < n; k++) {
    vf right[J];
#pragma GCC unroll 8
    for (int j = 0; j < J; j++) right[j] = b[k * bStep + j * bColumn];
#pragma GCC unroll 8
    for (int i = 0; i < I; i++) {
      const vf left = a[i * aRow + k * aStep];
#pragma GCC unroll 8
      for (int j = 0; j < J; j++) acc[i][j] += left * right[j];
    }
  }
}

}  // namespace ISA
}  // namespace spiking
