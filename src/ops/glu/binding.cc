#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// rows, H, rowsPerScale, x, dy, scale, residual (each or null), out
EXPORT(glu) {
  Glu args;
  args.rows = call.integer();
  args.H = call.integer();
  args.rowsPerScale = call.integer();
  const int64_t half = static_cast<int64_t>(args.rows) * args.H;
  args.x = call.floats(2 * half);
  args.dy = call.optionalFloats(half);
  const int each = args.rowsPerScale > 0 ? args.rowsPerScale : 1;
  args.scale = call.optionalFloats(static_cast<int64_t>((args.rows + each - 1) / each) * args.H);
  args.residual = call.optionalFloats(half);
  args.out = call.floats(args.dy == nullptr ? half : 2 * half);
  if (!call.failed() && args.rowsPerScale > 0) kernels().glu(args);
}

}  // namespace spiking
