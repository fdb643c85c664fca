#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// parameters, gradients, m, v, learning rates, weight decays (six arrays, an entry each), beta1, beta2, eps, step
EXPORT(adamw) {
  const napi_value lists[6] = {call.list(), call.list(), call.list(), call.list(), call.list(), call.list()};
  Adamw args;
  args.beta1 = call.number();
  args.beta2 = call.number();
  args.eps = call.number();
  args.step = call.integer();
  const uint32_t count = call.failed() ? 0 : call.length(lists[0]);
  for (uint32_t i = 0; i < count && !call.failed(); i++) {
    args.size = call.sizeOf(call.entry(lists[0], i));
    args.parameter = call.floats(call.entry(lists[0], i), args.size);
    args.gradient = call.floats(call.entry(lists[1], i), args.size);
    args.m = call.floats(call.entry(lists[2], i), args.size);
    args.v = call.floats(call.entry(lists[3], i), args.size);
    args.learningRate = call.number(call.entry(lists[4], i));
    args.weightDecay = call.number(call.entry(lists[5], i));
    if (!call.failed()) kernels().adamw(args);
  }
}

}  // namespace spiking
