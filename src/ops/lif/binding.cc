#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"
#include "binding.h"

namespace spiking {

// batch, L, H, neuron, x, u0, spikes, u_final
EXPORT(lifForward) {
  LifForward args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.neuron = neuronOf(call);
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.u0 = call.floats(rows);
  args.spikes = call.floats(rows * args.L);
  args.u_final = call.floats(rows);
  if (!call.failed()) kernels().lifForward(args);
}

// batch, L, H, neuron, x, u0, dy, du_final, dx, du0
EXPORT(lifBackward) {
  LifBackward args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.neuron = neuronOf(call);
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.u0 = call.floats(rows);
  args.dy = call.floats(rows * args.L);
  args.du_final = call.floats(rows);
  args.dx = call.floats(rows * args.L);
  args.du0 = call.floats(rows);
  if (!call.failed()) kernels().lifBackward(args);
}

}  // namespace spiking
