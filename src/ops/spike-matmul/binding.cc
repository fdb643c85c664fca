#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// S; an array of the share of non-zeros and of the number that all of them are (or 0)
EXPORT(inspectSpikes) {
  const int64_t size = static_cast<int64_t>(call.number());
  const float* S = call.floats(size);
  if (call.failed()) return;
  double rate;
  float unit;
  kernels().inspectSpikes(S, size, &rate, &unit);
  call.returns({rate, unit});
}

// rows, K, cols, S, W, bias, y
EXPORT(sparseForward) {
  SparseForward args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.weights = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.bias = call.floats(args.cols);
  args.y = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  if (!call.failed()) kernels().sparseForward(args);
}

// rows, K, cols, S, dY, dW, db
EXPORT(sparseWeights) {
  SparseWeights args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.dY = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  args.dW = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.db = call.floats(args.cols);
  if (!call.failed()) kernels().sparseWeights(args);
}

}  // namespace spiking
