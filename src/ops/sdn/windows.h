// The way of both surrogate dynamic networks through their inputs: blocks of steps, W neurons at a time.
#pragma once
#include "../../backend/native/pool.h"
#include "network.h"

namespace spiking {
namespace ISA {

constexpr int BLOCK = 32;                        // steps of W neurons between two visits to the next ones
constexpr int WINDOW = TAPS + BLOCK + STEPS;     // vectors

/** One block of one example's W neurons. */
struct Block {
  int b, from, lanes;   // example, first neuron
  int start, steps;
  bool last;
  const vf* window;     // the TAPS inputs before the first step, then those of the steps, then arbitrary numbers
  vf* more;             // WINDOW vectors of these neurons that last from block to block; zeros at the start
};

template <typename Work>
static void eachBlock(int batch, int L, int H, const float* x, const float* past, const Work& work) {
  constexpr int GROUPS = 4;
  const int strips = (H + GROUPS * W - 1) / (GROUPS * W);
  parallel(batch * strips, static_cast<size_t>(2) * GROUPS * WINDOW * W, [&](int task, float* memory) {
    const int b = task / strips, first = task % strips * GROUPS * W;
    vf* windows = reinterpret_cast<vf*>(memory);
    memset(static_cast<void*>(windows), 0, sizeof(vf) * 2 * GROUPS * WINDOW);
    for (int start = 0; start < L; start += BLOCK) {
      const int steps = L - start < BLOCK ? L - start : BLOCK;
      for (int g = 0; g < GROUPS && first + g * W < H; g++) {
        const int from = first + g * W, lanes = H - from < W ? H - from : W;
        vf* window = windows + 2 * g * WINDOW;
        for (int k = 0; k < TAPS; k++) {
          window[k] = start > 0 ? window[BLOCK + k] : load(past + (static_cast<int64_t>(b) * TAPS + k) * H + from, lanes);
        }
        for (int t = 0; t < steps; t++) {
          window[TAPS + t] = load(x + (static_cast<int64_t>(b) * L + start + t) * H + from, lanes);
        }
        work(Block{b, from, lanes, start, steps, start + steps == L, window, window + WINDOW});
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
