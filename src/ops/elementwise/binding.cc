#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// operation, outer, middle, inner, three strides of a, three of b, a, b, out
EXPORT(binary) {
  Binary args;
  args.operation = call.integer();
  const int sizes[3] = {call.integer(), call.integer(), call.integer()};
  args.outer = sizes[0];
  args.middle = sizes[1];
  args.inner = sizes[2];
  int64_t aSize = 1, bSize = 1;
  for (int i = 0; i < 3; i++) {
    args.aStrides[i] = static_cast<int64_t>(call.number());
    aSize += args.aStrides[i] * (sizes[i] - 1);
  }
  for (int i = 0; i < 3; i++) {
    args.bStrides[i] = static_cast<int64_t>(call.number());
    bSize += args.bStrides[i] * (sizes[i] - 1);
  }
  args.a = call.floats(aSize);
  args.b = call.floats(bSize);
  args.out = call.floats(static_cast<int64_t>(args.outer) * args.middle * args.inner);
  if (!call.failed()) kernels().binary(args);
}

}  // namespace spiking
