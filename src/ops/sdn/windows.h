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
  int steps;
  const vf* window;     // the TAPS inputs before the first step, then those of the steps, then arbitrary numbers
  int64_t origin, row;  // of the first step in an array [batch, L, H], and from one step to the next

  int64_t at(int t) const { return origin + t * row; }
};

/** What a spike of the block's neurons counts: of [batch, H], 1 where there is none. */
static inline vf scaleOf(const float* scale, const Block& block) {
  return scale == nullptr ? splat(1.0f) : load(scale + block.b * block.row + block.from, block.lanes);
}

// Asks for the lines that the next block wants where this one wants steps t .. t + STEPS - 1, of an array to read or to
// write: lines a row apart come too late on their own.
template <bool WRITE>
static ALWAYS_INLINE void fetchAhead(const Block& block, const float* array, int t) {
#pragma GCC unroll 4
  for (int i = 0; i < STEPS; i++) __builtin_prefetch(array + block.at(BLOCK + t + i), WRITE);
}

template <typename Work>
static void eachBlock(int batch, int L, int H, const float* x, const float* past, const Work& work) {
  constexpr int GROUPS = 4;
  const int strips = (H + GROUPS * W - 1) / (GROUPS * W);
  parallel(batch * strips, static_cast<size_t>(GROUPS) * WINDOW * W, [&](int task, float* memory) {
    const int b = task / strips, first = task % strips * GROUPS * W;
    vf* windows = reinterpret_cast<vf*>(memory);
    memset(static_cast<void*>(windows), 0, sizeof(vf) * GROUPS * WINDOW);
    for (int start = 0; start < L; start += BLOCK) {
      const int steps = L - start < BLOCK ? L - start : BLOCK;
      for (int g = 0; g < GROUPS && first + g * W < H; g++) {
        const int from = first + g * W, lanes = H - from < W ? H - from : W;
        vf* window = windows + g * WINDOW;
        for (int k = 0; k < TAPS; k++) {
          window[k] = start > 0 ? window[BLOCK + k] : load(past + (static_cast<int64_t>(b) * TAPS + k) * H + from, lanes);
        }
        const int64_t origin = (static_cast<int64_t>(b) * L + start) * H + from;
        const Block block{b, from, lanes, steps, window, origin, H};
        for (int t = 0; t < steps; t++) window[TAPS + t] = load(x + block.at(t), lanes);
        work(block);
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
