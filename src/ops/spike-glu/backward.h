// Gradients of x, w and b. A block's gradient of (value, gate) is made once, as strips of columns: tables for the gradient
// of the weights, which adds up rows where a spike was, and left side of the dense product for that of x.
#pragma once
#include "../../backend/native/kernels.h"
#include "../matmul/register-block.h"
#include "blocks.h"

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

/** w [K, 2 H] turned over, as panels of columns k: [panel][2 strips(H) STRIP][BLOCK_COLUMNS]. */
static const float* weightPanels(const float* weights, int K, int H) {
  using namespace panels;
  const int depth = 2 * sparse::strips(H) * sparse::STRIP, count = (K + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const size_t each = static_cast<size_t>(depth) * BLOCK_COLUMNS;
  float* all = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * each * count));
  parallel(count, 0, [&](int panel, float*) {
    float* to = all + panel * each;
    memset(to, 0, sizeof(float) * each);
    for (int k = panel * BLOCK_COLUMNS; k < atMost(K, (panel + 1) * BLOCK_COLUMNS); k++) {
      for (int strip = 0; strip < 2 * sparse::strips(H); strip++) {
        const Range columns = columnsOf(H, strip);
        for (int c = 0; c < columns.size(); c++) {
          to[(strip * sparse::STRIP + c) * BLOCK_COLUMNS + k % BLOCK_COLUMNS] = weights[static_cast<int64_t>(k) * 2 * H + columns.from + c];
        }
      }
    }
  });
  return all;
}

static void backward(const SpikeGluBackward& args) {
  using namespace sparse;
  const int K = args.K, H = args.H, half = strips(H);
  const float* turned = weightPanels(args.weights, K, H);
  const size_t panel = static_cast<size_t>(2 * half * STRIP) * panels::BLOCK_COLUMNS;
  const Blocks blocks(args.rows, args.rowsPerScale);
  const int parts = atMost(blocks.count, PARTS);
  const StripSums sums(K, 2 * H, 2 * half, parts);
  const size_t table = tableFloats(tail::ROWS), ofPlaces = Places::floats(K, tail::ROWS) / W * W + W;
  const size_t ofGradients = table * 2 * half + panels::BLOCK_ROWS * STRIP;  // a last block of rows may be read past its end
  parallel(parts, ofPlaces + ofGradients + 2 * (2 * half * STRIP + panels::AHEAD), [&](int part, float* memory) {
    float* gradients = memory + ofPlaces;
    panels::Depth* depths = reinterpret_cast<panels::Depth*>(gradients + ofGradients);
    sums.clear(part);
    for (int i = blocks.count * part / parts; i < blocks.count * (part + 1) / parts; i++) {
      const Range rows = blocks.rows(i);
      const int64_t first = rows.from;
      const float* scales = args.scale == nullptr ? nullptr : args.scale + static_cast<int64_t>(blocks.scale(i)) * H;
      Places places(memory, K, tail::ROWS);
      places.ofChannels(args.x + first * K, rows.size(), K);
      int depth = 0;
      for (int strip = 0; strip < half; strip++) {
        const Range columns = columnsOf(H, strip);
        float *values = gradients + strip * table, *gates = gradients + (half + strip) * table;
        vf scale[VECTORS];
        for (int v = 0; v < VECTORS; v++) scale[v] = splat(1.0f);
        if (scales != nullptr) loadStrip(scale, scales + columns.from, columns.size());
        gateBack(values, gates, args.mixed + mixedAt(H, rows, strip), args.mixed + mixedAt(H, rows, half + strip), scale,
                 args.dy + first * H + columns.from, H, rows.size(), columns.size());
        for (int s = strip; s < 2 * half; s += half) {
          memset(gradients + s * table + rows.size() * STRIP, 0, sizeof(float) * STRIP);
          addStrip(sums, part, s, places, args.x + first * K, K, gradients + s * table, rows.size());
        }
        // Channels that were dropped have no gradient to pass on.
        for (int c = 0; c < columns.size(); c++) {
          if (scales != nullptr && scales[columns.from + c] == 0) continue;
          for (int s = strip; s < 2 * half; s += half) {
            depths[depth++] = {static_cast<int32_t>(s * table) + c, (s * STRIP + c) * panels::BLOCK_COLUMNS};
          }
        }
      }
      for (int n = 0; n < panels::AHEAD; n++) depths[depth + n] = {0, 0};
      for (int k = 0; k < K; k += panels::BLOCK_COLUMNS) {
        for (int r = 0; r < rows.size(); r += panels::BLOCK_ROWS) {
          vf acc[panels::BLOCK_ROWS][2];
#pragma GCC unroll 16
          for (int n = 0; n < panels::BLOCK_ROWS; n++) acc[n][0] = acc[n][1] = vf{};
          panels::multiplyRows<STRIP>(acc, gradients + r * STRIP, turned + k / panels::BLOCK_COLUMNS * panel, depths, depth);
          panels::storeRows(args.dx + (first + r) * K + k, K, acc, rows.size() - r, atMost(panels::BLOCK_COLUMNS, K - k), false);
        }
      }
    }
  });
  sums.collect(args.dW, args.db, [&](int strip) { return columnsOf(H, strip); });
}

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
