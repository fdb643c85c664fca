#include "../../backend/native/export.h"
#include "binding.h"

namespace spiking {

// batch, L, H, surrogate, x, past, network, scale or null, spikes, slope or null
EXPORT(sdn) {
  Sdn args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.surrogate = call.integer();
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.past = call.floats(rows * 8);
  args.network = networkOf(call);
  args.scale = call.optionalFloats(rows);
  args.spikes = call.floats(rows * args.L);
  args.slope = call.optionalFloats(rows * args.L);
  if (!call.failed()) kernels().sdn(args);
}

}  // namespace spiking
