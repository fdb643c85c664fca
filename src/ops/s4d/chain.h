// From gradients of the tables' coefficients to those of the layer's parameters, in double. A complex number's
// gradient is dL/dRe + i dL/dIm; for z = f(w) it is passed back by the conjugate of f'.
#pragma once
#include "adjoint.h"

namespace spiking {
namespace ISA {

/** Gradients with respect to c = 2 C / v_th, b = B phi and a, for one mode of W channels. */
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

static ALWAYS_INLINE void read(Lanes& to, const vf& re, const vf& im, double sign) {
  for (int lane = 0; lane < W; lane++) {
    to.re[lane] = re[lane];
    to.im[lane] = sign * im[lane];
  }
}

static inline void collectModes(ModeGradients* modes, const TableGradients& gradients, const ScanShape& shape,
                                const ScanParameters& p, const Mode* all, int group, int channel) {
  const int K = stateRows(shape), delay = channel, tail = shape.L % T;
  const int lanes = shape.H - group * W < W ? shape.H - group * W : W;
  for (int m = 0; m < shape.M; m++) {
    Lanes a = {}, b = {}, c = {}, power = {}, previous = {}, cb;
    for (int lane = 0; lane < lanes; lane++) {
      const Mode& mode = all[modeAt(shape, channel, group * W + lane, m)];
      const Complex scaledC = (2 / thresholdOf(p, group * W + lane)) * mode.C, scaledB = mode.B * mode.phi;
      a.re[lane] = mode.a.re, a.im[lane] = mode.a.im;
      b.re[lane] = scaledB.re, b.im[lane] = scaledB.im;
      c.re[lane] = scaledC.re, c.im[lane] = scaledC.im;
      power.re[lane] = 1;
    }
    multiply(cb, c, b);
    const int re = 2 * m, im = re + 1;
    Lanes outSum = {}, outSlope = {}, tapSum = {}, tapSlope = {}, inSum = {}, inSlope = {}, decay = {};
    for (int t = 0; t < T; t++) {
      Lanes next, gradient;
      multiply(next, power, a);
      read(gradient, TableGradients::at(gradients.toOutput, K, t, re), TableGradients::at(gradients.toOutput, K, t, im), -1);
      addConjugate(outSum, delay == 0 ? next : power, gradient);
      addScaledConjugate(outSlope, delay == 0 ? power : previous, gradient, t + 1 - delay);
      if (t + delay < T) {
        read(gradient, gradients.taps[t + delay], vf{}, 1);
        addConjugate(tapSum, power, gradient);
        addScaledConjugate(tapSlope, previous, gradient, t);
      }
      const int s = T - 1 - t;
      read(gradient, TableGradients::at(gradients.toState, K, s, re), TableGradients::at(gradients.toState, K, s, im), 1);
      addConjugate(inSum, power, gradient);
      addScaledConjugate(inSlope, previous, gradient, t);
      if (t == tail && tail > 0) {
        read(gradient, gradients.a_tail[re], gradients.a_tail[im], 1);
        addScaledConjugate(decay, previous, gradient, tail);
      }
      previous = power;
      power = next;
    }
    Lanes gradient;
    read(gradient, gradients.a_T[re], gradients.a_T[im], 1);
    addScaledConjugate(decay, previous, gradient, T);
    ModeGradients& mode = modes[m];
    mode.c = outSum;
    addConjugate(mode.c, b, tapSum);
    mode.b = inSum;
    addConjugate(mode.b, c, tapSum);
    mode.a = decay;
    addConjugate(mode.a, c, outSlope);
    addConjugate(mode.a, cb, tapSlope);
    addConjugate(mode.a, b, inSlope);
  }
}

/** What one task adds to the gradients of one channel group, one direction. */
static inline size_t partialDoubles(int M) { return static_cast<size_t>(M) * sizeof(ModeGradients) / 8 + 2 * W; }

}  // namespace ISA
}  // namespace spiking
