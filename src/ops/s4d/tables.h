// The diagonal state-space layer in chunks of T steps. With a = exp(dt A), b = B (a - 1) / A, c = 2 C:
//   y[t]  = sum_{s <= t} taps[t - s] x[s] + Re(c a^(t+1) h)     inside a chunk that starts from state h
//   h'    = a^T h + sum_t b a^(T-1-t) x[t]                      the state it leaves
// This file makes those coefficients for W channels at once, in double from the float parameters.
#pragma once
#include "columns.h"

namespace spiking {
namespace ISA {

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
  // By half the angle: one sine and one cosine, and 1 - cos without cancellation.
  const double sine = sin(z.im / 2), cosine = cos(z.im / 2), grown = expm1(z.re);
  const Complex turn = {-2 * sine * sine, 2 * sine * cosine};  // e^(i im z) - 1
  const Complex change = {grown + (1 + grown) * turn.re, (1 + grown) * turn.im};
  mode.a = {1 + change.re, change.im};
  mode.phi = change * inverse(mode.A);
  mode.B = p.B == nullptr ? Complex{1, 0} : Complex{p.B[2 * at], p.B[2 * at + 1]};
  const int64_t inC = 2 * (static_cast<int64_t>(channel) * shape.H * shape.M + at);
  mode.C = {p.C[inC], p.C[inC + 1]};
  return mode;
}

/** Where a mode lies among those of all directions and channels. */
static inline int64_t modeAt(const ScanShape& shape, int channel, int h, int m) {
  return (static_cast<int64_t>(channel) * shape.H + h) * shape.M + m;
}

// Rows of the state: real and imaginary part of every mode, filled up with zeros to a multiple of 4.
static inline int stateRows(const ScanShape& shape) { return (2 * shape.M + 3) / 4 * 4; }

/** Coefficients by row of the state and step lie in squares [K/4][T/4][4][4], to be read along either. */
static ALWAYS_INLINE int squareAt(int k, int t) { return ((k / 4 * (T / 4) + t / 4) * 4 + k % 4) * 4 + t % 4; }

/** Where each coefficient of one direction lies; counts are in vectors of W channels. */
struct Tables {
  int K;         // stateRows
  vf* taps;      // [3 + T], three zeros first
  vf* a_T;       // [K]: a^T
  vf* a_tail;    // [K]: a^(L mod T)
  vf* toOutput;  // squares: Re and -Im of c a^(t+1)
  vf* toState;   // squares: Re and Im of b a^(T-1-t)

  static size_t vectors(int K) { return 3 + T + 2 * K + 2 * T * K; }
  Tables() = default;
  Tables(vf* memory, int rows)
      : K(rows), taps(memory), a_T(taps + 3 + T), a_tail(a_T + K), toOutput(a_tail + K), toState(toOutput + T * K) {}
};

// W channels' numbers in double: the sums and powers below run over all lanes at once.
struct Lanes {
  double re[W], im[W];
};

static ALWAYS_INLINE void setRow(vf& to, const double* from, double sign) {
  for (int lane = 0; lane < W; lane++) reinterpret_cast<float*>(&to)[lane] = static_cast<float>(sign * from[lane]);
}

static ALWAYS_INLINE void multiply(Lanes& to, const Lanes& a, const Lanes& b) {
  for (int lane = 0; lane < W; lane++) {
    const double re = a.re[lane] * b.re[lane] - a.im[lane] * b.im[lane];
    to.im[lane] = a.re[lane] * b.im[lane] + a.im[lane] * b.re[lane];
    to.re[lane] = re;
  }
}

/** a, b = B phi and c = 2 C of one mode, and 1 as the first power of a; zeros in lanes without a channel. */
struct ModeLanes {
  Lanes a = {}, b = {}, c = {}, one = {};
  ModeLanes(const ScanShape& shape, const Mode* modes, int group, int channel, int m) {
    for (int lane = 0; lane < W && group * W + lane < shape.H; lane++) {
      const Mode& mode = modes[modeAt(shape, channel, group * W + lane, m)];
      const Complex scaledC = 2.0 * mode.C, scaledB = mode.B * mode.phi;
      a.re[lane] = mode.a.re, a.im[lane] = mode.a.im;
      b.re[lane] = scaledB.re, b.im[lane] = scaledB.im;
      c.re[lane] = scaledC.re, c.im[lane] = scaledC.im;
      one.re[lane] = 1;
    }
  }
};

// delay 0: the causal direction, which sees x[t] at t and carries D; 1: the reversed one, which starts a step later.
static inline void fillTables(Tables& tables, const ScanShape& shape, const ScanParameters& p, const Mode* modes,
                              int group, int channel) {
  const int K = tables.K, delay = channel, tail = shape.L % T;
  memset(static_cast<void*>(tables.taps), 0, sizeof(vf) * Tables::vectors(K));
  double taps[T][W] = {};
  for (int lane = 0; delay == 0 && lane < W && group * W + lane < shape.H; lane++) taps[0][lane] = p.D[group * W + lane];
  for (int m = 0; m < shape.M; m++) {
    const ModeLanes mode(shape, modes, group, channel, m);
    Lanes power = mode.one, next, in, out;
    const int re = 2 * m, im = re + 1;
    for (int t = 0; t < T; t++) {
      if (t == tail) setRow(tables.a_tail[re], power.re, 1), setRow(tables.a_tail[im], power.im, 1);
      multiply(in, mode.b, power);
      multiply(next, power, mode.a);
      multiply(out, mode.c, delay == 0 ? next : power);
      if (t + delay < T) {
        for (int lane = 0; lane < W; lane++) {
          taps[t + delay][lane] += mode.c.re[lane] * in.re[lane] - mode.c.im[lane] * in.im[lane];
        }
      }
      setRow(tables.toOutput[squareAt(re, t)], out.re, 1);
      setRow(tables.toOutput[squareAt(im, t)], out.im, -1);
      setRow(tables.toState[squareAt(re, T - 1 - t)], in.re, 1);
      setRow(tables.toState[squareAt(im, T - 1 - t)], in.im, 1);
      power = next;
    }
    setRow(tables.a_T[re], power.re, 1), setRow(tables.a_T[im], power.im, 1);
  }
  for (int t = 0; t < T; t++) setRow(tables.taps[3 + t], taps[t], 1);
}

}  // namespace ISA
}  // namespace spiking
