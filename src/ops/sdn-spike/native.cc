// The network that predicts the spike itself, and its gradient with respect to all inputs that it sees.
#include "../sdn/windows.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int REACH = TAPS + STEPS - 1;  // inputs that STEPS steps see

// dWindow[0 .. REACH - 1] += gradient of dp[0] p[0] + … + dp[STEPS - 1] p[STEPS - 1]
ALWAYS_INLINE void differentiate(const SdnNetwork& network, const float* w2Transposed, const vf* window, const vf* dp, vf* dWindow) {
  vf first[CHANNELS * STEPS], second[CHANNELS * STEPS];
  firstLayer(network, window, first);
  secondLayer(network, first, [&](int c, int i, vf sum) __attribute__((always_inline)) {
    second[c * STEPS + i] = select(sum > 0.0f, network.w3[c] * dp[i], vf{});
  });
#pragma GCC unroll 4
  for (int from = 0; from < CHANNELS; from += HALF) {
    vf sums[HALF][STEPS];
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) sums[n / STEPS][n % STEPS] = second[from * STEPS + n];
    weigh(sums, w2Transposed + from * CHANNELS, second, STEPS);
#pragma GCC unroll 16
    for (int n = 0; n < HALF * STEPS; n++) {
      vf& of = first[from * STEPS + n];
      of = select(of > 0.0f, sums[n / STEPS][n % STEPS], vf{});
    }
  }
  vf seen[REACH];
#pragma GCC unroll 16
  for (int n = 0; n < REACH; n++) seen[n] = dWindow[n];
  for (int c = 0; c < CHANNELS; c++) {
#pragma GCC unroll 8
    for (int k = 0; k < TAPS; k++) {
      const vf weight = splat(network.w1[c * TAPS + k]);
#pragma GCC unroll 4
      for (int i = 0; i < STEPS; i++) seen[k + i] += weight * first[c * STEPS + i];
    }
  }
#pragma GCC unroll 16
  for (int n = 0; n < REACH; n++) dWindow[n] = seen[n];
}

}  // namespace

void sdnSpike(const SdnSpike& args) {
  eachBlock(args.batch, args.L, args.H, args.x, args.past, [&](const Block& block) {
    const vf scale = scaleOf(args.scale, block);
    for (int t = 0; t < block.steps; t += STEPS) {
      fetchAhead<false>(block, args.x, t);
      fetchAhead<true>(block, args.spikes, t);
      vf p[STEPS];
#pragma GCC unroll 4
      for (int i = 0; i < STEPS; i++) p[i] = splat(args.network.b3[0]);
      predict(args.network, block.window + t + 1, p);
      for (int i = 0; i < STEPS && t + i < block.steps; i++) {
        store(args.spikes + block.at(t + i), select(p[i] >= 0.5f, scale, vf{}), block.lanes);
      }
    }
  });
}

void sdnSpikeBackward(const SdnSpikeBackward& args) {
  float w2Transposed[CHANNELS * CHANNELS];
  for (int n = 0; n < CHANNELS * CHANNELS; n++) w2Transposed[n] = args.network.w2[n % CHANNELS * CHANNELS + n / CHANNELS];
  eachBlock(args.batch, args.L, args.H, args.x, args.past, [&](const Block& block) {
    const int H = args.H, L = args.L;
    const vf scale = scaleOf(args.scale, block);
    vf* dWindow = block.more;  // of the inputs in the window
    for (int t = 0; t < block.steps; t += STEPS) {
      fetchAhead<false>(block, args.x, t);
      fetchAhead<false>(block, args.dy, t);
      fetchAhead<true>(block, args.dx, t);
      vf dp[STEPS] = {};
      for (int i = 0; i < STEPS && t + i < block.steps; i++) {
        dp[i] = load(args.dy + block.at(t + i), block.lanes) * scale;
      }
      differentiate(args.network, w2Transposed, block.window + t + 1, dp, dWindow + t + 1);
    }
    // Later steps still see the last TAPS inputs, unless there are none.
    const int done = block.last ? TAPS + block.steps : block.steps;
    for (int n = 0; n < done; n++) {
      const int step = block.start - TAPS + n;
      float* to = step < 0 ? args.dPast + (static_cast<int64_t>(block.b) * TAPS + TAPS + step) * H
                           : args.dx + (static_cast<int64_t>(block.b) * L + step) * H;
      store(to + block.from, dWindow[n], block.lanes);
    }
    if (block.last) return;
    for (int n = 0; n < WINDOW; n++) dWindow[n] = n < TAPS ? dWindow[BLOCK + n] : vf{};
  });
}

}  // namespace ISA
}  // namespace spiking
