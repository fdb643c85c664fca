#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"
#include "../lif/binding.h"
#include "../s4d/binding.h"

namespace spiking {

// H, M, parameters, coefficients
EXPORT(discretize) {
  Discretize args;
  args.shape = {1, 1, 0, 0, 1};
  args.shape.H = call.integer();
  args.shape.M = call.integer();
  args.parameters = scanParameters(call, args.shape);
  args.coefficients = call.floats(6 * static_cast<int64_t>(args.shape.H) * args.shape.M);
  if (!call.failed()) kernels().discretize(args);
}

// batch, H, M, neuron, coefficients, D, weights, bias, x, residual, state, u, stateOut, uOut, y
EXPORT(blockStep) {
  BlockStep args;
  args.batch = call.integer();
  args.H = call.integer();
  args.M = call.integer();
  args.neuron = neuronOf(call);
  const int64_t H = args.H, rows = H * args.batch, modes = H * args.M, states = 2 * modes * args.batch;
  args.coefficients = call.floats(6 * modes);
  args.D = call.floats(H);
  args.weights = call.floats(2 * H * H);
  args.bias = call.floats(2 * H);
  args.x = call.floats(rows);
  args.residual = call.floats(rows);
  args.state = call.floats(states);
  args.u = call.floats(rows);
  args.stateOut = call.floats(states);
  args.uOut = call.floats(rows);
  args.y = call.floats(rows);
  if (!call.failed()) kernels().blockStep(args);
}

}  // namespace spiking
