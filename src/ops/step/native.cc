// Single steps: the recurrence mode by mode, modes of a channel side by side in a vector.
#include "../../backend/native/pool.h"
#include "../s4d/tables.h"
#include "../spiking-scan/neuron.h"

namespace spiking {
namespace ISA {

void discretize(const Discretize& args) {
  const ScanShape& shape = args.shape;
  const int M = shape.M;
  for (int h = 0; h < shape.H; h++) {
    float* to = args.coefficients + static_cast<int64_t>(h) * 6 * M;
    for (int m = 0; m < M; m++) {
      const Mode mode = modeOf(shape, args.parameters, 0, h, m);
      const Complex b = mode.B * mode.phi, c = 2.0 * mode.C;
      const double parts[6] = {mode.a.re, mode.a.im, b.re, b.im, c.re, c.im};
      for (int i = 0; i < 6; i++) to[i * M + m] = static_cast<float>(parts[i]);
    }
  }
}

namespace {

// One channel's modes; returns Re sum c h'.
ALWAYS_INLINE float advance(const float* coefficients, int M, float x, const float* state, float* stateOut) {
  vi evens, odds, low, high;
  for (int i = 0; i < W; i++) {
    evens[i] = 2 * i;
    odds[i] = 2 * i + 1;
    low[i] = i / 2 + i % 2 * W;
    high[i] = (i + W) / 2 + i % 2 * W;
  }
  vf total = {};
  for (int m = 0; m < M; m += W) {
    const int lanes = M - m < W ? M - m : W, first = 2 * lanes < W ? 2 * lanes : W, second = 2 * lanes - first;
    const vf left = load(state + 2 * m, first), right = second > 0 ? load(state + 2 * m + W, second) : vf{};
    const vf re = __builtin_shuffle(left, right, evens), im = __builtin_shuffle(left, right, odds);
    auto part = [&](int i) { return load(coefficients + i * M + m, lanes); };
    const vf aRe = part(0), aIm = part(1);
    const vf nextRe = aRe * re - aIm * im + part(2) * x, nextIm = aRe * im + aIm * re + part(3) * x;
    total += part(4) * nextRe - part(5) * nextIm;
    store(stateOut + 2 * m, __builtin_shuffle(nextRe, nextIm, low), first);
    if (second > 0) store(stateOut + 2 * m + W, __builtin_shuffle(nextRe, nextIm, high), second);
  }
  return sum(total);
}

void stepRow(const BlockStep& args, int row, float* mixed) {
  const int H = args.H, M = args.M;
  const float *x = args.x + static_cast<int64_t>(row) * H, *u = args.u + static_cast<int64_t>(row) * H;
  float* y = args.y + static_cast<int64_t>(row) * H;
  for (int h = 0; h < H; h++) {
    const int64_t at = (static_cast<int64_t>(row) * H + h) * 2 * M;
    y[h] = advance(args.coefficients + static_cast<int64_t>(h) * 6 * M, M, x[h], args.state + at, args.stateOut + at) +
           args.D[h] * x[h];
  }
  memcpy(mixed, args.bias, sizeof(float) * 2 * H);
  for (int h = 0; h < H; h += W) {
    const int lanes = H - h < W ? H - h : W;
    const vf membrane = fusedMultiplyAdd(splat(args.neuron.tau), load(u + h, lanes), load(y + h, lanes));
    store(args.uOut + static_cast<int64_t>(row) * H + h, resetOf(args.neuron, membrane), lanes);
    for (int lane = 0; lane < lanes; lane++) {
      if (!(membrane[lane] >= 1.0f)) continue;
      const float* weights = args.weights + static_cast<int64_t>(h + lane) * 2 * H;
      for (int c = 0; c < 2 * H; c += W) {
        const int count = 2 * H - c < W ? 2 * H - c : W;
        store(mixed + c, load(mixed + c, count) + load(weights + c, count), count);
      }
    }
  }
  for (int h = 0; h < H; h += W) {
    const int lanes = H - h < W ? H - h : W;
    const vf gated = load(mixed + h, lanes) * sigmoid(load(mixed + H + h, lanes));
    store(y + h, load(args.residual + static_cast<int64_t>(row) * H + h, lanes) + gated, lanes);
  }
}

}  // namespace

void blockStep(const BlockStep& args) {
  parallel(args.batch, static_cast<size_t>(2) * args.H + W, [&](int row, float* mixed) { stepRow(args, row, mixed); });
}

}  // namespace ISA
}  // namespace spiking
