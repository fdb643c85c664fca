#include "../../backend/native/export.h"
#include "../sdn/binding.h"

namespace spiking {

// batch, L, H, x, past, network, scale or null, spikes
EXPORT(sdnSpike) {
  SdnSpike args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.past = call.floats(rows * 8);
  args.network = networkOf(call);
  args.scale = call.optionalFloats(rows);
  args.spikes = call.floats(rows * args.L);
  if (!call.failed()) kernels().sdnSpike(args);
}

// batch, L, H, surrogate or -1, x, scale or null, dy, dx
EXPORT(sdnSpikeBackward) {
  SdnSpikeBackward args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.surrogate = call.integer();
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.scale = call.optionalFloats(rows);
  args.dy = call.floats(rows * args.L);
  args.dx = call.floats(rows * args.L);
  if (!call.failed()) kernels().sdnSpikeBackward(args);
}

}  // namespace spiking
