// From gradients of the tables' coefficients to those of the layer's parameters, in double. A complex number's
// gradient is dL/dRe + i dL/dIm; for z = f(w) it is passed back by the conjugate of f'.
#pragma once
#include "adjoint.h"

namespace spiking {
namespace ISA {

/** Gradients with respect to c = 2 C, b = B phi and a, for one mode of W channels. */
struct ModeGradients {
  Lanes c, b, a;
};

// to += conj(x) * y
static ALWAYS_INLINE void addConjugate(Lanes& to, const Lanes& x, const Lanes& y) {
  for (int lane = 0; lane < W; lane++) {
    to.re[lane] += x.re[lane] * y.re[lane] + x.im[lane] * y.im[lane];
    to.im[lane] += x.re[lane] * y.im[lane] - x.im[lane] * y.re[lane];
  }
}

static ALWAYS_INLINE void addScaledConjugate(Lanes& to, const Lanes& x, const Lanes& y, double scale) {
  for (int lane = 0; lane < W; lane++) {
    to.re[lane] += scale * (x.re[lane] * y.re[lane] + x.im[lane] * y.im[lane]);
    to.im[lane] += scale * (x.re[lane] * y.im[lane] - x.im[lane] * y.re[lane]);
  }
}

static ALWAYS_INLINE Lanes lanesOf(const vf& re, const vf& im, double sign) {
  Lanes lanes;
  for (int lane = 0; lane < W; lane++) {
    lanes.re[lane] = re[lane];
    lanes.im[lane] = sign * im[lane];
  }
  return lanes;
}

static inline void collectModes(ModeGradients* modes, const TableGradients& gradients, const ScanShape& shape,
                                const Mode* all, int group, int channel) {
  const int delay = channel, tail = shape.L % T;
  for (int m = 0; m < shape.M; m++) {
    const ModeLanes mode(shape, all, group, channel, m);
    Lanes power = mode.one, previous = {}, cb;
    multiply(cb, mode.c, mode.b);
    const int re = 2 * m, im = re + 1;
    Lanes outSum = {}, outSlope = {}, tapSum = {}, tapSlope = {}, inSum = {}, inSlope = {}, decay = {};
    for (int t = 0; t < T; t++) {
      Lanes next;
      multiply(next, power, mode.a);
      const Lanes out = lanesOf(gradients.toOutput[squareAt(re, t)], gradients.toOutput[squareAt(im, t)], -1);
      addConjugate(outSum, delay == 0 ? next : power, out);
      addScaledConjugate(outSlope, delay == 0 ? power : previous, out, t + 1 - delay);
      if (t + delay < T) {
        const Lanes tap = lanesOf(gradients.taps[t + delay], vf{}, 1);
        addConjugate(tapSum, power, tap);
        addScaledConjugate(tapSlope, previous, tap, t);
      }
      const int s = T - 1 - t;
      const Lanes in = lanesOf(gradients.toState[squareAt(re, s)], gradients.toState[squareAt(im, s)], 1);
      addConjugate(inSum, power, in);
      addScaledConjugate(inSlope, previous, in, t);
      if (t == tail && tail > 0) addScaledConjugate(decay, previous, lanesOf(gradients.a_tail[re], gradients.a_tail[im], 1), tail);
      previous = power;
      power = next;
    }
    addScaledConjugate(decay, previous, lanesOf(gradients.a_T[re], gradients.a_T[im], 1), T);
    ModeGradients& sums = modes[m];
    sums.c = outSum;
    addConjugate(sums.c, mode.b, tapSum);
    sums.b = inSum;
    addConjugate(sums.b, mode.c, tapSum);
    sums.a = decay;
    addConjugate(sums.a, mode.c, outSlope);
    addConjugate(sums.a, cb, tapSlope);
    addConjugate(sums.a, mode.b, inSlope);
  }
}

/** What one task adds to the gradients of one channel group, one direction. */
static inline size_t partialDoubles(int M) { return static_cast<size_t>(M) * sizeof(ModeGradients) / 8 + W; }

}  // namespace ISA
}  // namespace spiking
