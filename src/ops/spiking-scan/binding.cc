#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"
#include "../lif/binding.h"
#include "../s4d/binding.h"

namespace spiking {

namespace {

struct Sizes {
  int64_t x, modes, C, state, rows, checkpoints;
  explicit Sizes(const ScanShape& s)
      : x(static_cast<int64_t>(s.batch) * s.L * s.H),
        modes(static_cast<int64_t>(s.H) * s.M),
        C(2 * s.channels * modes),
        state(2 * modes * s.batch),
        rows(static_cast<int64_t>(s.batch) * s.H),
        checkpoints(kernels().checkpointFloats(s)) {}
};

// What both directions start with: shape, parameters, spiking, neuron, x. `neuron` must live as long as `args`.
template <typename Args>
Sizes readSystem(Call& call, Args& args, Neuron& neuron) {
  args.shape = scanShape(call);
  const Sizes sizes(args.shape);
  args.parameters = scanParameters(call, args.shape);
  const bool spiking = call.boolean();
  neuron = neuronOf(call);
  args.neuron = spiking ? &neuron : nullptr;
  args.x = call.floats(sizes.x);
  return sizes;
}

}  // namespace

EXPORT(checkpointFloats) {
  const ScanShape shape = scanShape(call);
  if (!call.failed()) call.returns(static_cast<double>(kernels().checkpointFloats(shape)));
}

// shape, parameters, spiking, neuron, x, state, u0, scale, y, slope, checkpoints, stateOut, u_final
EXPORT(scanForward) {
  ScanForward args;
  Neuron neuron;
  const Sizes sizes = readSystem(call, args, neuron);
  args.state = call.optionalFloats(sizes.state);
  args.u0 = call.optionalFloats(sizes.rows);
  args.scale = call.optionalFloats(sizes.rows);
  args.y = call.floats(sizes.x);
  args.slope = call.optionalFloats(sizes.x);
  args.checkpoints = call.optionalFloats(sizes.checkpoints);
  args.stateOut = call.floats(sizes.state);
  args.u_final = call.optionalFloats(sizes.rows);
  if (!call.failed()) kernels().scanForward(args);
}

// shape, parameters, spiking, neuron, x, slope, u0, scale, checkpoints, dy, dStateOut, du_final, then what is made: dx, dlog_dt,
// dlog_A_real, dA_imag, dC, dD, dB, dState, du0
EXPORT(scanBackward) {
  ScanBackward args;
  Neuron neuron;
  const Sizes sizes = readSystem(call, args, neuron);
  args.slope = call.optionalFloats(sizes.x);
  args.u0 = call.optionalFloats(sizes.rows);
  args.scale = call.optionalFloats(sizes.rows);
  args.checkpoints = call.floats(sizes.checkpoints);
  args.dy = call.floats(sizes.x);
  args.dStateOut = call.optionalFloats(sizes.state);
  args.du_final = call.optionalFloats(sizes.rows);
  args.dx = call.floats(sizes.x);
  args.dlog_dt = call.floats(args.shape.H);
  args.dlog_A_real = call.floats(sizes.modes);
  args.dA_imag = call.floats(sizes.modes);
  args.dC = call.floats(sizes.C);
  args.dD = call.floats(args.shape.H);
  args.dB = call.optionalFloats(2 * sizes.modes);
  args.dState = call.optionalFloats(sizes.state);
  args.du0 = call.optionalFloats(sizes.rows);
  if (!call.failed()) kernels().scanBackward(args);
}

}  // namespace spiking
