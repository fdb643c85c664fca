#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// batch, L, H, surrogate, x, past, w1, b1, w2, b2, w3, b3, dy or null, scale or null, out
EXPORT(sdn) {
  Sdn args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.surrogate = call.integer();
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.past = call.floats(rows * 8);
  args.w1 = call.floats(64);
  args.b1 = call.floats(8);
  args.w2 = call.floats(64);
  args.b2 = call.floats(8);
  args.w3 = call.floats(8);
  args.b3 = call.floats(1);
  args.dy = call.optionalFloats(rows * args.L);
  args.scale = call.optionalFloats(rows);
  args.out = call.floats(rows * args.L);
  if (!call.failed()) kernels().sdn(args);
}

}  // namespace spiking
