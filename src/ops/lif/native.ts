import { addon } from '../../backend/native/addon.js';
import { type NativeNeuron, neuronOf } from '../native-neuron.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    lifForward(
      batch: number,
      L: number,
      H: number,
      ...given: [
        ...neuron: NativeNeuron,
        x: Float32Array,
        u: Float32Array,
        spikes: Float32Array,
        uOut: Float32Array,
      ]
    ): void;
    lifBackward(
      batch: number,
      L: number,
      H: number,
      ...given: [
        ...neuron: NativeNeuron,
        x: Float32Array,
        u: Float32Array,
        dy: Float32Array,
        duOut: Float32Array,
        dx: Float32Array,
        du: Float32Array,
      ]
    ): void;
  }
}

/** As the reference; u is float32 between steps. */
export const forward: HostKernel = ({ x, u }, attributes) => {
  const [batch, L, H] = x.shape;
  const [spikes, final] = [like(x), like(u)];
  const neuron = neuronOf(attributes);
  addon().lifForward(batch, L, H, ...neuron, floats(x), floats(u), floats(spikes), floats(final));
  return [spikes, final];
};

export const backward: HostKernel = ({ x, u, dy0, dy1 }, attributes) => {
  const [batch, L, H] = x.shape;
  const [dx, du] = [like(x), like(u)];
  const given = [x, u, dy0, dy1].map(floats) as [Float32Array, Float32Array, Float32Array, Float32Array];
  addon().lifBackward(batch, L, H, ...neuronOf(attributes), ...given, floats(dx), floats(du));
  return [dx, du];
};
