import { addon } from '../../backend/native/addon.js';
import { type NativeNeuron, neuronOf } from '../native-neuron.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';
import { type NativeShape, type NativeSystem, systemOf } from '../s4d/native-system.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    checkpointFloats(...shape: NativeShape): number;
    scanForward(
      ...given: [
        ...shape: NativeShape,
        ...system: NativeSystem,
        spiking: boolean,
        ...neuron: NativeNeuron,
        x: Float32Array,
        state: Float32Array | null,
        u: Float32Array | null,
        scale: Float32Array | null,
        y: Float32Array,
        slope: Float32Array | null,
        checkpoints: Float32Array | null,
        stateOut: Float32Array,
        uOut: Float32Array | null,
      ]
    ): void;
    scanBackward(
      ...given: [
        ...shape: NativeShape,
        ...system: NativeSystem,
        spiking: boolean,
        ...neuron: NativeNeuron,
        x: Float32Array,
        slope: Float32Array | null,
        u: Float32Array | null,
        scale: Float32Array | null,
        checkpoints: Float32Array,
        dy: Float32Array,
        dStateOut: Float32Array | null,
        duOut: Float32Array | null,
        dx: Float32Array,
        dlog_dt: Float32Array,
        dlog_A_real: Float32Array,
        dA_imag: Float32Array,
        dC: Float32Array,
        dD: Float32Array,
        dB: Float32Array | null,
        dState: Float32Array | null,
        du: Float32Array | null,
      ]
    ): void;
  }
}

/**
 * Outputs: spikes, state and u after the last step; then, where attribute `keep` asks for them, the slope of each spike
 * and states along the way, which `backward` wants. A slope is 0 where a spike counts nothing, and has the sign of -1
 * where the neuron fired, 0 too.
 */
export const forward: HostKernel = (inputs, attributes) => {
  const { x, state, u, scale } = inputs;
  const { shape, system } = systemOf(inputs);
  const [spikes, ssm, neuron] = [x, state, u].map(like);
  const notes = (length: number): HostTensor => blank([length]);
  const slope = notes(attributes.keep ? x.values.length : 0);
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
    attributes.keep ? floats(slope) : null,
    attributes.keep ? floats(checkpoints) : null,
    floats(ssm),
    floats(neuron),
  );
  return attributes.keep ? [spikes, ssm, neuron, slope, checkpoints] : [spikes, ssm, neuron];
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
