// The surrogate dynamic network step by step.
#include "../spiking-scan/neuron.h"
#include "windows.h"

namespace spiking {
namespace ISA {

void sdn(const Sdn& args) {
  Neuron neuron = {};
  neuron.surrogate = args.surrogate;
  eachBlock(args.batch, args.L, args.H, args.x, args.past, [&](const Block& block) {
    const vf scale = scaleOf(args.scale, block);
    for (int t = 0; t < block.steps; t += STEPS) {
      const vf* window = block.window + t;
      fetchAhead<false>(block, args.x, t);
      fetchAhead<true>(block, args.spikes, t);
      if (args.slope != nullptr) fetchAhead<true>(block, args.slope, t);
      vf membrane[STEPS];
#pragma GCC unroll 4
      for (int i = 0; i < STEPS; i++) membrane[i] = window[TAPS + i] + args.network.b3[0];
      predict(args.network, window, membrane);
      for (int i = 0; i < STEPS && t + i < block.steps; i++) {
        const int64_t at = block.at(t + i);
        store(args.spikes + at, spikeOf(membrane[i]) * scale, block.lanes);
        if (args.slope != nullptr) store(args.slope + at, surrogateSlope(neuron, membrane[i]) * scale, block.lanes);
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
