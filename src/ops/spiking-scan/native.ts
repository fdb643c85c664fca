import { addon } from '../../backend/native/addon.js';
import { neuronOf } from '../native-neuron.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';
import { systemOf } from '../s4d/native-system.js';

/**
 * Outputs: spikes, state and u after the last step; then, where attribute `keep` asks for them, the membranes before
 * each spike and states along the way, which `backward` wants.
 */
export const forward: HostKernel = (inputs, attributes) => {
  const { x, state, u, scale } = inputs;
  const { shape, system } = systemOf(inputs);
  const [spikes, ssm, neuron] = [x, state, u].map(like);
  const notes = (length: number): HostTensor => blank([length]);
  const v = notes(attributes.keep ? x.values.length : 0);
  const checkpoints = notes(attributes.keep ? addon().checkpointFloats(...shape) : 0);
  addon().scanForward(
    ...shape,
    ...system,
    true,
    ...neuronOf(attributes),
    floats(x),
    floats(state),
    floats(u),
    scale ? floats(scale) : null,
    floats(spikes),
    attributes.keep ? floats(v) : null,
    attributes.keep ? floats(checkpoints) : null,
    floats(ssm),
    floats(neuron),
  );
  return attributes.keep ? [spikes, ssm, neuron, v, checkpoints] : [spikes, ssm, neuron];
};

export const backward: HostKernel = (inputs, attributes) => {
  const { x, log_dt, log_A_real, A_imag, B, C, D, state, u, scale, dy0, dy1, dy2, y3, y4 } = inputs;
  const { shape, system } = systemOf(inputs);
  const gradients = [x, log_dt, log_A_real, A_imag, B, C, D, state, u].map(like);
  const [dx, ofDt, ofReal, ofImag, ofB, ofC, ofD, ofState, ofU] = gradients.map(floats);
  addon().scanBackward(
    ...shape,
    ...system,
    true,
    ...neuronOf(attributes),
    floats(x),
    floats(y3),
    floats(u),
    scale ? floats(scale) : null,
    floats(y4),
    floats(dy0),
    floats(dy1),
    floats(dy2),
    dx,
    ofDt,
    ofReal,
    ofImag,
    ofC,
    ofD,
    ofB,
    ofState,
    ofU,
  );
  return gradients;
};
