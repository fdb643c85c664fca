// y = residual + scale * value * sigmoid(gate), where (value, gate) = x w + b.
#pragma once
#include "../../backend/native/kernels.h"
#include "blocks.h"

namespace spiking {
namespace ISA {
namespace tail {

constexpr int AHEAD = 8;  // rows whose residual and result are on their way

static void forward(const SpikeGlu& args) {
  using namespace sparse;
  const int K = args.K, H = args.H, half = strips(H);
  const size_t table = tableFloats(K);
  float* tables = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * table * 2 * half));
  parallel(2 * half, 0, [&](int strip, float*) {
    const Range columns = columnsOf(H, strip);
    packTable(tables + strip * table, args.weights + columns.from, 2 * H, K, columns.size());
  });
  const Blocks blocks(args.rows, args.rowsPerScale);
  parallel(blocks.count, STRIP * tail::ROWS + Places::floats(tail::ROWS, K), [&](int block, float* memory) {
    const Range rows = blocks.rows(block);
    float* values = memory;
    Places places(memory + STRIP * tail::ROWS, rows.size(), K);
    const float* x = args.x + static_cast<int64_t>(rows.from) * K;
    places.ofRows(x, rows.size(), K, K);
    auto valueAt = [&](int r, int k) { return x[static_cast<int64_t>(r) * K + k]; };
    // A strip of sums with the bias: into `to` and, where wanted, to what is kept.
    auto eachRow = [&](int strip, const auto& use) __attribute__((always_inline)) {
      const Range columns = columnsOf(H, strip);
      float* mixed = args.mixed == nullptr ? nullptr : args.mixed + mixedAt(H, rows, strip);
      vf bias[VECTORS];
      loadStrip(bias, args.bias + columns.from, columns.size());
      eachSum(places, tables + strip * table, valueAt, [&](int r, vf (&sum)[VECTORS]) __attribute__((always_inline)) {
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) {
          sum[v] += bias[v];
          if (mixed != nullptr) store(mixed + r * STRIP + v * W, sum[v]);
        }
        use(r, sum);
      });
    };
    for (int strip = 0; strip < half; strip++) {
      eachRow(strip, [&](int r, const vf (&sum)[VECTORS]) __attribute__((always_inline)) { storeStrip(values + r * STRIP, sum, STRIP); });
      const Range columns = columnsOf(H, strip);
      const int64_t first = static_cast<int64_t>(rows.from) * H + columns.from;
      vf scale[VECTORS];
      for (int v = 0; v < VECTORS; v++) scale[v] = splat(1.0f);
      if (args.scale != nullptr) loadStrip(scale, args.scale + static_cast<int64_t>(blocks.scale(block)) * H + columns.from, columns.size());
      eachRow(half + strip, [&](int r, const vf (&gate)[VECTORS]) __attribute__((always_inline)) {
        const int64_t at = first + static_cast<int64_t>(r) * H;
        const int64_t ahead = at + (r + AHEAD < rows.size() ? AHEAD * H : 0);
        vf y[VECTORS] = {};
        __builtin_prefetch(args.y + ahead, 1);
        if (args.residual != nullptr) {
          __builtin_prefetch(args.residual + ahead);
          loadStrip(y, args.residual + at, columns.size());
        }
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) y[v] += scale[v] * load(values + r * STRIP + v * W) * sigmoid(gate[v]);
        storeStrip(args.y + at, y, columns.size());
      });
    }
  });
}

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
