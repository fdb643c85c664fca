#include "../../backend/native/export.h"
#include "binding.h"

namespace spiking {

// batch, L, H, surrogate, x, past, network, dy or null, scale or null, out
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
  args.dy = call.optionalFloats(rows * args.L);
  args.scale = call.optionalFloats(rows);
  args.out = call.floats(rows * args.L);
  if (!call.failed()) kernels().sdn(args);
}

}  // namespace spiking
