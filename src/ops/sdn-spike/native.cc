// The network that predicts the spike itself, and a gradient that passes it by.
#include "../sdn/windows.h"
#include "../spiking-scan/neuron.h"

namespace spiking {
namespace ISA {

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
  constexpr int PIECE = 16384;  // numbers a task
  const int64_t rows = static_cast<int64_t>(args.batch) * args.L;
  const int each = PIECE / args.H > 0 ? PIECE / args.H : 1;
  Neuron neuron = {};
  neuron.surrogate = args.surrogate;
  parallel(static_cast<int>((rows + each - 1) / each), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * static_cast<int64_t>(each);
    for (int64_t row = task * static_cast<int64_t>(each); row < end && row < rows; row++) {
      for (int h = 0; h < args.H; h += W) {
        const int lanes = args.H - h < W ? args.H - h : W;
        const int64_t at = row * args.H + h;
        vf dx = load(args.dy + at, lanes);
        if (args.scale != nullptr) dx *= load(args.scale + row / args.L * args.H + h, lanes);
        if (args.surrogate >= 0) dx *= surrogateSlope(neuron, load(args.x + at, lanes));
        store(args.dx + at, dx, lanes);
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
