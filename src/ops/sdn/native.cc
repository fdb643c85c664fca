// The surrogate dynamic network step by step: its eight channels live in registers and are never stored.
#include "../../backend/native/pool.h"
#include "../spiking-scan/neuron.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int TAPS = 8, CHANNELS = 8;
constexpr int STEPS = 4;  // at once, so that each weight serves as often
// Channels at once: with STEPS their sums fill half of the registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int HALF = 4;
#else
constexpr int HALF = 2;
#endif

// sums[c][i] of channels from, from + 1, … += sum over k of weights[c][k] * inputs[k * next + i]
ALWAYS_INLINE void weigh(vf (&sums)[HALF][STEPS], const float* weights, const vf* inputs, int next) {
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

// membrane[i] = prediction from window[i .. i + TAPS - 1], plus the input that follows it
ALWAYS_INLINE void membranes(const Sdn& args, const vf* window, vf (&membrane)[STEPS]) {
  vf first[CHANNELS * STEPS];
#pragma GCC unroll 4
  for (int from = 0; from < CHANNELS; from += HALF) {
    vf sums[HALF][STEPS];
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) sums[n / STEPS][n % STEPS] = splat(args.b1[from + n / STEPS]);
    weigh(sums, args.w1 + from * TAPS, window, 1);
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) first[from * STEPS + n] = larger(sums[n / STEPS][n % STEPS], vf{});
  }
#pragma GCC unroll 4
  for (int i = 0; i < STEPS; i++) membrane[i] = window[TAPS + i] + args.b3[0];
#pragma GCC unroll 4
  for (int from = 0; from < CHANNELS; from += HALF) {
    vf sums[HALF][STEPS];
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) sums[n / STEPS][n % STEPS] = first[from * STEPS + n] + args.b2[from + n / STEPS];
    weigh(sums, args.w2 + from * CHANNELS, first, STEPS);
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) {
      membrane[n % STEPS] += args.w3[from + n / STEPS] * larger(sums[n / STEPS][n % STEPS], vf{});
    }
  }
}

}  // namespace

void sdn(const Sdn& args) {
  constexpr int BLOCK = 32;  // steps of a channel group between two visits to the next one
  constexpr int GROUPS = 4;
  const int H = args.H, L = args.L, strips = (H + GROUPS * W - 1) / (GROUPS * W);
  Neuron neuron = {};
  neuron.surrogate = args.surrogate;
  parallel(args.batch * strips, static_cast<size_t>(GROUPS) * (TAPS + BLOCK + STEPS) * W, [&](int task, float* memory) {
    const int b = task / strips, from = task % strips * GROUPS * W;
    const int64_t base = static_cast<int64_t>(b) * L * H + from;
    vf* windows = reinterpret_cast<vf*>(memory);
    memset(static_cast<void*>(windows), 0, sizeof(vf) * GROUPS * (TAPS + BLOCK + STEPS));
    for (int start = 0; start < L; start += BLOCK) {
      const int steps = L - start < BLOCK ? L - start : BLOCK;
      for (int g = 0; g < GROUPS && from + g * W < H; g++) {
        const int lanes = H - from - g * W < W ? H - from - g * W : W;
        const vf scale = args.scale == nullptr ? splat(1.0f) : load(args.scale + static_cast<int64_t>(b) * H + from + g * W, lanes);
        vf* window = windows + g * (TAPS + BLOCK + STEPS);
        for (int k = 0; k < TAPS; k++) {
          window[k] = start > 0 ? window[BLOCK + k]
                                : load(args.past + (static_cast<int64_t>(b) * TAPS + k) * H + from + g * W, lanes);
        }
        for (int t = 0; t < steps; t++) window[TAPS + t] = load(args.x + base + (start + t) * static_cast<int64_t>(H) + g * W, lanes);
        for (int t = 0; t < steps; t += STEPS) {
          vf membrane[STEPS];
          membranes(args, window + t, membrane);
          for (int i = 0; i < STEPS && t + i < steps; i++) {
            const int64_t at = base + (start + t + i) * static_cast<int64_t>(H) + g * W;
            const vf result = args.dy == nullptr ? spikeOf(membrane[i])
                                                 : load(args.dy + at, lanes) * surrogateSlope(neuron, membrane[i]);
            store(args.out + at, result * scale, lanes);
          }
        }
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
