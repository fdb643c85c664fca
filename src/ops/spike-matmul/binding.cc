#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// rows, K, cols, S, W, bias, y
EXPORT(spikeForward) {
  SpikeForward args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.weights = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.bias = call.floats(args.cols);
  args.y = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  if (!call.failed()) kernels().spikeForward(args);
}

// rows, K, cols, S, dY, dW, db
EXPORT(spikeWeights) {
  SpikeWeights args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.dY = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  args.dW = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.db = call.floats(args.cols);
  if (!call.failed()) kernels().spikeWeights(args);
}

}  // namespace spiking
