#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

namespace {

// rows, K, H, rowsPerScale, x, weights
template <typename Args>
void readMap(Call& call, Args& args) {
  args.rows = call.integer();
  args.K = call.integer();
  args.H = call.integer();
  args.rowsPerScale = call.integer();
  args.x = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.weights = call.floats(2 * static_cast<int64_t>(args.K) * args.H);
}

template <typename Args>
const float* readScale(Call& call, const Args& args) {
  if (args.rowsPerScale < 1 || args.rows % args.rowsPerScale != 0) call.refuse("rowsPerScale must divide the rows");
  return call.failed() ? nullptr : call.optionalFloats(static_cast<int64_t>(args.rows / args.rowsPerScale) * args.H);
}

int64_t mixedFloats(int rows, int H) { return 2 * static_cast<int64_t>(rows) * ((H + 15) / 16 * 16); }

template <typename Args>
float* readScratch(Call& call, const Args& args) {
  return call.optionalFloats(kernels().spikeGluScratch(args.rows, args.K, args.H));
}

}  // namespace

EXPORT(spikeGluScratch) {
  const int rows = call.integer(), K = call.integer(), H = call.integer();
  if (!call.failed()) call.returns(static_cast<double>(kernels().spikeGluScratch(rows, K, H)));
}

// rows, K, H, rowsPerScale, x, weights, bias, scale, residual (each or null), y, mixed, scratch (one or null)
EXPORT(spikeGlu) {
  SpikeGlu args;
  readMap(call, args);
  const int64_t outputs = static_cast<int64_t>(args.rows) * args.H;
  args.bias = call.floats(2 * args.H);
  args.scale = readScale(call, args);
  args.residual = call.optionalFloats(outputs);
  args.y = call.floats(outputs);
  args.mixed = call.optionalFloats(mixedFloats(args.rows, args.H));
  args.scratch = readScratch(call, args);
  if (!call.failed()) kernels().spikeGlu(args);
}

// rows, K, H, rowsPerScale, x, weights, scale or null, mixed, dy, slope or null, scratch, dx, dW, db
EXPORT(spikeGluBackward) {
  SpikeGluBackward args;
  readMap(call, args);
  args.scale = readScale(call, args);
  args.mixed = call.floats(mixedFloats(args.rows, args.H));
  args.dy = call.floats(static_cast<int64_t>(args.rows) * args.H);
  args.slope = call.optionalFloats(static_cast<int64_t>(args.rows) * args.K);
  args.scratch = readScratch(call, args);
  args.dx = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.dW = call.floats(2 * static_cast<int64_t>(args.K) * args.H);
  args.db = call.floats(2 * args.H);
  if (!call.failed()) kernels().spikeGluBackward(args);
}

}  // namespace spiking
