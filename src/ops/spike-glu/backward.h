// Gradients of x, w and b. A block's gradient of (value, gate) is made once, as strips of columns: tables for the gradient
// of the weights, which adds up rows where a spike was, and left side of the dense product for that of x.
#pragma once
#include "../../backend/native/kernels.h"
#include "dense.h"
#include "sampled.h"

namespace spiking {
namespace ISA {
namespace tail {

constexpr int PARTS = 8;  // of the rows, each with a sum of its own for the weights

/** A block's gradient of one strip of values and one of gates. mixed: both before the gate; scale, dy: of their columns. */
static void gateBack(float* ofValues, float* ofGates, const float* values, const float* gates, const vf (&scale)[sparse::VECTORS],
                     const float* dy, int H, int rows, int columns) {
  using namespace sparse;
  for (int r = 0; r < rows; r++) {
    const float* from = dy + static_cast<int64_t>(r) * H;
    __builtin_prefetch(from + 8 * H);
    vf above[VECTORS];
    loadStrip(above, from, columns);
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
      const int at = r * STRIP + v * W;
      const vf open = sigmoid(load(gates + at)), passed = above[v] * scale[v] * open;
      store(ofValues + at, passed);
      store(ofGates + at, passed * load(values + at) * (1.0f - open));
    }
  }
}

/** Product: how the gradient of x is made, Dense or Sampled. */
template <typename Product>
static void backward(const SpikeGluBackward& args) {
  using namespace sparse;
  const int K = args.K, H = args.H, half = strips(H);
  const Product product(args.weights, K, H);
  const Blocks blocks(args.rows, args.rowsPerScale);
  const int parts = atMost(blocks.count, PARTS);
  const StripSums sums(K, 2 * H, 2 * half, parts);
  const size_t ofPlaces = Places::floats(K, tail::ROWS) / W * W + W;
  const size_t ofGradients = TABLE * 2 * half + panels::BLOCK_ROWS * STRIP;  // a last block of rows may be read past its end
  parallel(parts, ofPlaces + ofGradients + Product::floats(H), [&](int part, float* memory) {
    float* gradients = memory + ofPlaces;
    sums.clear(part);
    for (int i = blocks.count * part / parts; i < blocks.count * (part + 1) / parts; i++) {
      const Range rows = blocks.rows(i);
      const int64_t first = rows.from;
      const float* scales = args.scale == nullptr ? nullptr : args.scale + static_cast<int64_t>(blocks.scale(i)) * H;
      Places places(memory, K, tail::ROWS);
      places.ofChannels(args.x + first * K, rows.size(), K);
      for (int strip = 0; strip < half; strip++) {
        const Range columns = columnsOf(H, strip);
        float *values = gradients + strip * TABLE, *gates = gradients + (half + strip) * TABLE;
        vf scale[VECTORS];
        for (int v = 0; v < VECTORS; v++) scale[v] = splat(1.0f);
        if (scales != nullptr) loadStrip(scale, scales + columns.from, columns.size());
        gateBack(values, gates, args.mixed + mixedAt(H, rows, strip), args.mixed + mixedAt(H, rows, half + strip), scale,
                 args.dy + first * H + columns.from, H, rows.size(), columns.size());
        for (int s = strip; s < 2 * half; s += half) {
          memset(gradients + s * TABLE + rows.size() * STRIP, 0, sizeof(float) * STRIP);
          addStrip(sums, part, s, places, args.x + first * K, K, gradients + s * TABLE, rows.size());
        }
      }
      product.block(gradients + ofGradients, gradients, scales, rows, args);
    }
  });
  sums.collect(args.dW, args.db, [&](int strip) { return columnsOf(H, strip); });
}

static void backward(const SpikeGluBackward& args) {
  if (args.slope == nullptr) return backward<Dense>(args);
  backward<Sampled>(args);
}

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
