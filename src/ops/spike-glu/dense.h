// The gradient of x, whole: a dense product of the 2 H gradients of each row with w turned over.
#pragma once
#include "../matmul/register-block.h"
#include "blocks.h"

namespace spiking {
namespace ISA {
namespace tail {

class Dense {
 public:
  Dense(const float* weights, int K, int H) : H_(H), panel_(static_cast<size_t>(depthOf(H)) * panels::BLOCK_COLUMNS), panels_(pack(weights, K)) {}

  /** Floats of memory that block() wants. */
  static size_t floats(int H) { return 2 * (depthOf(H) + panels::AHEAD); }

  /** gradients: strips of 2 H columns, TABLE floats each; scale: factors of dropout behind the gate [H], or null. */
  void block(float* memory, const float* gradients, const float* scale, Range rows, const SpikeGluBackward& args) const {
    using namespace panels;
    Depth* depths = reinterpret_cast<Depth*>(memory);
    const int K = args.K, depth = find(depths, scale);
    for (int k = 0; k < K; k += BLOCK_COLUMNS) {
      for (int r = 0; r < rows.size(); r += BLOCK_ROWS) {
        vf acc[BLOCK_ROWS][2];
#pragma GCC unroll 16
        for (int n = 0; n < BLOCK_ROWS; n++) acc[n][0] = acc[n][1] = vf{};
        multiplyRows<sparse::STRIP>(acc, gradients + r * sparse::STRIP, panels_ + k / BLOCK_COLUMNS * panel_, depths, depth);
        storeRows(args.dx + static_cast<int64_t>(rows.from + r) * K + k, K, acc, rows.size() - r, atMost(BLOCK_COLUMNS, K - k), false);
      }
    }
  }

 private:
  static int depthOf(int H) { return 2 * sparse::strips(H) * sparse::STRIP; }

  /** w [K, 2 H] turned over, as panels of columns k: [panel][depth][BLOCK_COLUMNS]. */
  const float* pack(const float* weights, int K) const {
    using namespace panels;
    const int count = (K + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
    float* all = static_cast<float*>(keptMemory(Kept::panels, sizeof(float) * panel_ * count));
    parallel(count, 0, [&](int panel, float*) {
      float* to = all + panel * panel_;
      memset(to, 0, sizeof(float) * panel_);
      for (int k = panel * BLOCK_COLUMNS; k < atMost(K, (panel + 1) * BLOCK_COLUMNS); k++) {
        for (int strip = 0; strip < 2 * sparse::strips(H_); strip++) {
          const Range columns = columnsOf(H_, strip);
          for (int c = 0; c < columns.size(); c++) {
            to[(strip * sparse::STRIP + c) * BLOCK_COLUMNS + k % BLOCK_COLUMNS] = weights[static_cast<int64_t>(k) * 2 * H_ + columns.from + c];
          }
        }
      }
    });
    return all;
  }

  /** The depths of the product. Channels that were dropped have no gradient to pass on. */
  int find(panels::Depth* depths, const float* scale) const {
    using sparse::STRIP;
    int count = 0;
    for (int strip = 0; strip < 2 * sparse::strips(H_); strip++) {
      const Range columns = columnsOf(H_, strip);
      for (int c = 0; c < columns.size(); c++) {
        if (scale != nullptr && scale[(columns.from + c) % H_] == 0) continue;
        depths[count++] = {static_cast<int32_t>(strip * TABLE) + c, (strip * STRIP + c) * panels::BLOCK_COLUMNS};
      }
    }
    for (int n = 0; n < panels::AHEAD; n++) depths[count + n] = {0, 0};
    return count;
  }

  int H_;
  size_t panel_;
  const float* panels_;
};

}  // namespace tail
}  // namespace ISA
}  // namespace spiking
