#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// rows, H, rowsPerScale, x, dy, scale (each or null), out
EXPORT(gelu) {
  Gelu args;
  args.rows = call.integer();
  args.H = call.integer();
  args.rowsPerScale = call.integer();
  const int64_t size = static_cast<int64_t>(args.rows) * args.H;
  args.x = call.floats(size);
  args.dy = call.optionalFloats(size);
  const int each = args.rowsPerScale > 0 ? args.rowsPerScale : 1;
  args.scale = call.optionalFloats(static_cast<int64_t>((args.rows + each - 1) / each) * args.H);
  args.out = call.floats(size);
  if (!call.failed() && args.rowsPerScale > 0) kernels().gelu(args);
}

}  // namespace spiking
