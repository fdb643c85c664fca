// The diagonal state-space layer in chunks of T steps. With a = exp(dt A), b = B (a - 1) / A, c = 2 C / v_th:
//   y[t]  = sum_{s <= t} taps[t - s] x[s] + Re(c a^(t+1) h)     inside a chunk that starts from state h
//   h'    = a^T h + sum_t b a^(T-1-t) x[t]                      the state it leaves
// This file makes those coefficients for W channels at once, in double from the float parameters.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

constexpr int T = 16;


struct Complex {
  double re, im;
};
static ALWAYS_INLINE Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
static ALWAYS_INLINE Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
static ALWAYS_INLINE Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
static ALWAYS_INLINE Complex operator*(double s, Complex a) { return {s * a.re, s * a.im}; }
static ALWAYS_INLINE Complex conjugate(Complex a) { return {a.re, -a.im}; }
static ALWAYS_INLINE Complex inverse(Complex a) { return (1 / (a.re * a.re + a.im * a.im)) * conjugate(a); }

// One mode of one channel. phi = (a - 1) / A, by expm1 so that it keeps its digits when dt A is small.
struct Mode {
  double dt;
  Complex A, a, phi, B, C;
};

static inline Mode modeOf(const ScanShape& shape, const ScanParameters& p, int channel, int h, int m) {
  const int64_t at = static_cast<int64_t>(h) * shape.M + m;
  Mode mode;
  mode.dt = exp(static_cast<double>(p.log_dt[h]));
  mode.A = {-exp(static_cast<double>(p.log_A_real[at])), p.A_imag[at]};
  const Complex z = mode.dt * mode.A;
  const double grown = exp(z.re), half = sin(z.im / 2), sine = sin(z.im), cosine = cos(z.im);
  mode.a = {grown * cosine, grown * sine};
  mode.phi = Complex{expm1(z.re) * cosine - 2 * half * half, grown * sine} * inverse(mode.A);
  mode.B = p.B == nullptr ? Complex{1, 0} : Complex{p.B[2 * at], p.B[2 * at + 1]};
  const int64_t inC = 2 * (static_cast<int64_t>(channel) * shape.H * shape.M + at);
  mode.C = {p.C[inC], p.C[inC + 1]};
  return mode;
}

/** Where a mode lies among those of all directions and channels. */
static inline int64_t modeAt(const ScanShape& shape, int channel, int h, int m) {
  return (static_cast<int64_t>(channel) * shape.H + h) * shape.M + m;
}

static inline double thresholdOf(const ScanParameters& p, int h) {
  return p.ln_vth == nullptr ? 1 : exp(static_cast<double>(p.ln_vth[p.sharedThreshold ? 0 : h]));
}

// Rows of the state: real and imaginary part of every mode, filled up with zeros to a multiple of 4.
static inline int stateRows(const ScanShape& shape) { return (2 * shape.M + 3) / 4 * 4; }

/** Where each coefficient of one direction lies; counts are in vectors of W channels. */
struct Tables {
  int K;         // stateRows
  vf* taps;      // [3 + T], three zeros first
  vf* a_T;       // [K]: a^T
  vf* a_tail;    // [K]: a^(L mod T)
  vf* toOutput;  // [T/4][K][4]: Re and -Im of c a^(t+1)
  vf* toState;   // [K/4][T][4]: Re and Im of b a^(T-1-t)
  // The same, transposed, for the backward pass.
  vf* tapsReversed;       // [T + 3], three zeros last
  vf* toOutputTransposed; // [K/4][T][4]
  vf* toStateTransposed;  // [T/4][K][4]

  static size_t vectors(int K, bool backward) {
    return (3 + T) + 2 * K + 2 * T * K + (backward ? (T + 3) + 2 * T * K : 0);
  }
  Tables() = default;
  Tables(vf* memory, int rows, bool backward) : K(rows) {
    taps = memory;
    a_T = taps + 3 + T;
    a_tail = a_T + K;
    toOutput = a_tail + K;
    toState = toOutput + T * K;
    tapsReversed = backward ? toState + T * K : nullptr;
    toOutputTransposed = backward ? tapsReversed + T + 3 : nullptr;
    toStateTransposed = backward ? toOutputTransposed + T * K : nullptr;
  }
};

// W channels' numbers in double: the sums and powers below run over all lanes at once.
struct Lanes {
  double re[W], im[W];
};

static ALWAYS_INLINE void setRow(vf* to, const double* from, double sign) {
  for (int lane = 0; lane < W; lane++) reinterpret_cast<float*>(to)[lane] = static_cast<float>(sign * from[lane]);
}

static ALWAYS_INLINE void multiply(Lanes& to, const Lanes& a, const Lanes& b) {
  for (int lane = 0; lane < W; lane++) {
    const double re = a.re[lane] * b.re[lane] - a.im[lane] * b.im[lane];
    to.im[lane] = a.re[lane] * b.im[lane] + a.im[lane] * b.re[lane];
    to.re[lane] = re;
  }
}

// delay 0: the causal direction, which sees x[t] at t and carries D; 1: the reversed one, which starts a step later.
static inline void fillTables(Tables& tables, const ScanShape& shape, const ScanParameters& p, const Mode* modes, int group, int channel) {
  const int K = tables.K, delay = channel, tail = shape.L % T;
  const int lanes = shape.H - group * W < W ? shape.H - group * W : W;
  const bool transposed = tables.tapsReversed != nullptr;
  memset(static_cast<void*>(tables.taps), 0, sizeof(vf) * Tables::vectors(K, transposed));
  double taps[T][W] = {}, v_th[W];
  for (int lane = 0; lane < lanes; lane++) {
    v_th[lane] = thresholdOf(p, group * W + lane);
    if (delay == 0) taps[0][lane] = p.D[group * W + lane] / v_th[lane];
  }
  for (int m = 0; m < shape.M; m++) {
    Lanes a = {}, b = {}, c = {}, power = {}, next, in, out;
    for (int lane = 0; lane < lanes; lane++) {
      const Mode& mode = modes[modeAt(shape, channel, group * W + lane, m)];
      const Complex scaledC = (2 / v_th[lane]) * mode.C, scaledB = mode.B * mode.phi;
      a.re[lane] = mode.a.re, a.im[lane] = mode.a.im;
      b.re[lane] = scaledB.re, b.im[lane] = scaledB.im;
      c.re[lane] = scaledC.re, c.im[lane] = scaledC.im;
      power.re[lane] = 1;
    }
    const int re = 2 * m, im = re + 1;
    for (int t = 0; t < T; t++) {
      if (t == tail) setRow(tables.a_tail + re, power.re, 1), setRow(tables.a_tail + im, power.im, 1);
      multiply(in, b, power);
      multiply(next, power, a);
      multiply(out, c, delay == 0 ? next : power);
      if (t + delay < T) {
        for (int lane = 0; lane < W; lane++) {
          taps[t + delay][lane] += c.re[lane] * in.re[lane] - c.im[lane] * in.im[lane];
        }
      }
      const int s = T - 1 - t;
      setRow(tables.toOutput + (t / 4 * K + re) * 4 + t % 4, out.re, 1);
      setRow(tables.toOutput + (t / 4 * K + im) * 4 + t % 4, out.im, -1);
      setRow(tables.toState + (re / 4 * T + s) * 4 + re % 4, in.re, 1);
      setRow(tables.toState + (im / 4 * T + s) * 4 + im % 4, in.im, 1);
      if (transposed) {
        setRow(tables.toOutputTransposed + (re / 4 * T + t) * 4 + re % 4, out.re, 1);
        setRow(tables.toOutputTransposed + (im / 4 * T + t) * 4 + im % 4, out.im, -1);
        setRow(tables.toStateTransposed + (s / 4 * K + re) * 4 + s % 4, in.re, 1);
        setRow(tables.toStateTransposed + (s / 4 * K + im) * 4 + s % 4, in.im, 1);
      }
      power = next;
    }
    setRow(tables.a_T + re, power.re, 1), setRow(tables.a_T + im, power.im, 1);
  }
  for (int t = 0; t < T; t++) {
    setRow(tables.taps + 3 + t, taps[t], 1);
    if (transposed) setRow(tables.tapsReversed + T - 1 - t, taps[t], 1);
  }
}

}  // namespace ISA
}  // namespace spiking
