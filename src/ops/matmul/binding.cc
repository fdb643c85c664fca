#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// M, N, K, transposeA, transposeB, batches, batchesOfA, batchesOfB, A, B, bias or null, C, columnSums or null
EXPORT(matmul) {
  Matmul args;
  args.M = call.integer();
  args.N = call.integer();
  args.K = call.integer();
  args.transposeA = call.boolean();
  args.transposeB = call.boolean();
  args.batches = call.integer();
  const int ofA = call.integer(), ofB = call.integer();
  const int64_t sizeA = static_cast<int64_t>(args.M) * args.K, sizeB = static_cast<int64_t>(args.K) * args.N;
  args.strideA = ofA == 1 ? 0 : sizeA;
  args.strideB = ofB == 1 ? 0 : sizeB;
  args.A = call.floats(ofA * sizeA);
  args.B = call.floats(ofB * sizeB);
  args.bias = call.optionalFloats(args.N);
  args.C = call.floats(static_cast<int64_t>(args.batches) * args.M * args.N);
  args.columnSums = call.optionalFloats(args.N);
  const bool fit = (ofA == 1 || ofA == args.batches) && (ofB == 1 || ofB == args.batches);
  if (!fit) call.refuse("the numbers of matrices must be 1 or equal");
  if (!call.failed()) kernels().matmul(args);
}

EXPORT(hasTiles) {
  call.returns(kernels().tiles);
}

// rows, cols, x, out
EXPORT(transpose) {
  Transpose args;
  args.rows = call.integer();
  args.cols = call.integer();
  const int64_t size = static_cast<int64_t>(args.rows) * args.cols;
  args.x = call.floats(size);
  args.out = call.floats(size);
  if (!call.failed()) kernels().transpose(args);
}

}  // namespace spiking
