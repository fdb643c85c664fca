#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// rows, H, ofChannels, eps, x, weight, bias, mask or null, y, mean, variance
EXPORT(norm) {
  Norm args;
  args.rows = call.integer();
  args.H = call.integer();
  args.ofChannels = call.boolean();
  args.eps = static_cast<float>(call.number());
  const int64_t size = static_cast<int64_t>(args.rows) * args.H, groups = args.ofChannels ? args.H : args.rows;
  args.x = call.floats(size);
  args.weight = call.floats(args.H);
  args.bias = call.floats(args.H);
  args.mask = call.optionalFloats(args.rows);
  args.y = call.floats(size);
  args.mean = call.floats(groups);
  args.variance = call.floats(groups);
  if (!call.failed()) kernels().norm(args);
}

// rows, H, ofChannels, eps, x, weight, mask or null, mean, variance, dy, dx, dweight, dbias
EXPORT(normBackward) {
  NormBackward args;
  args.rows = call.integer();
  args.H = call.integer();
  args.ofChannels = call.boolean();
  args.eps = static_cast<float>(call.number());
  const int64_t size = static_cast<int64_t>(args.rows) * args.H, groups = args.ofChannels ? args.H : args.rows;
  args.x = call.floats(size);
  args.weight = call.floats(args.H);
  args.mask = call.optionalFloats(args.rows);
  args.mean = call.floats(groups);
  args.variance = call.floats(groups);
  args.dy = call.floats(size);
  args.dx = call.floats(size);
  args.dweight = call.floats(args.H);
  args.dbias = call.floats(args.H);
  if (!call.failed()) kernels().normBackward(args);
}

}  // namespace spiking
