// The predictor of both surrogate dynamic networks on W neurons at once; its eight channels live in registers.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

constexpr int TAPS = 8, CHANNELS = 8;
constexpr int STEPS = 4;  // at once, so that each weight serves as often
// Channels at once: with STEPS their sums fill half of the registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int HALF = 4;
#else
constexpr int HALF = 2;
#endif

// sums[c][i] of channels from, from + 1, … += sum over k of weights[c][k] * inputs[k * next + i]
static ALWAYS_INLINE void weigh(vf (&sums)[HALF][STEPS], const float* weights, const vf* inputs, int next) {
#pragma GCC unroll 8
  for (int k = 0; k < 8; k++) {
#pragma GCC unroll 4
    for (int c = 0; c < HALF; c++) {
      const vf weight = splat(weights[c * 8 + k]);
#pragma GCC unroll 4
      for (int i = 0; i < STEPS; i++) sums[c][i] += weight * inputs[k * next + i];
    }
  }
}

// first[c * STEPS + i] = relu(W1 window[i .. i + TAPS - 1] + b1)
static ALWAYS_INLINE void firstLayer(const SdnNetwork& network, const vf* window, vf* first) {
#pragma GCC unroll 4
  for (int from = 0; from < CHANNELS; from += HALF) {
    vf sums[HALF][STEPS];
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) sums[n / STEPS][n % STEPS] = splat(network.b1[from + n / STEPS]);
    weigh(sums, network.w1 + from * TAPS, window, 1);
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) first[from * STEPS + n] = larger(sums[n / STEPS][n % STEPS], vf{});
  }
}

// visit(c, i, W2 first + first + b2) for every channel and step
template <typename Visit>
static ALWAYS_INLINE void secondLayer(const SdnNetwork& network, const vf* first, const Visit& visit) {
#pragma GCC unroll 4
  for (int from = 0; from < CHANNELS; from += HALF) {
    vf sums[HALF][STEPS];
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) sums[n / STEPS][n % STEPS] = first[from * STEPS + n] + network.b2[from + n / STEPS];
    weigh(sums, network.w2 + from * CHANNELS, first, STEPS);
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) visit(from + n / STEPS, n % STEPS, sums[n / STEPS][n % STEPS]);
  }
}

// p[i] += w3 relu(second layer) of window[i .. i + TAPS - 1]
static ALWAYS_INLINE void predict(const SdnNetwork& network, const vf* window, vf (&p)[STEPS]) {
  vf first[CHANNELS * STEPS];
  firstLayer(network, window, first);
  secondLayer(network, first, [&](int c, int i, vf sum) __attribute__((always_inline)) { p[i] += network.w3[c] * larger(sum, vf{}); });
}

}  // namespace ISA
}  // namespace spiking
