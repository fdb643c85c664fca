import { addon } from '../../backend/native/addon.js';
import { surrogateNumber } from '../native-neuron.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';
import { type NetworkFloats, networkFloats } from '../sdn/native.js';
import { weightsOf, zeros } from '../sdn/reference.js';

type Sizes = [batch: number, L: number, H: number];

declare module '../../backend/native/addon.js' {
  interface Addon {
    sdnSpike(
      ...given: [
        ...Sizes,
        x: Float32Array,
        past: Float32Array,
        ...network: NetworkFloats,
        scale: Float32Array | null,
        spikes: Float32Array,
      ]
    ): void;
    /** `surrogate` is -1 straight through. */
    sdnSpikeBackward(
      ...given: [
        ...Sizes,
        surrogate: number,
        x: Float32Array,
        scale: Float32Array | null,
        dy: Float32Array,
        dx: Float32Array,
      ]
    ): void;
  }
}

/** As the reference. */
export const forward: HostKernel = (inputs) => {
  const { x, past, scale } = inputs;
  const spikes = like(x);
  addon().sdnSpike(
    ...(x.shape as Sizes),
    floats(x),
    floats(past),
    ...networkFloats(inputs),
    scale ? floats(scale) : null,
    floats(spikes),
  );
  return [spikes];
};

export const backward: HostKernel = (inputs, { slope }) => {
  const { x, past, scale, dy0 } = inputs;
  const dx = like(x);
  const surrogate = slope === '' ? -1 : surrogateNumber(slope as string);
  addon().sdnSpikeBackward(
    ...(x.shape as Sizes),
    surrogate,
    floats(x),
    scale ? floats(scale) : null,
    floats(dy0),
    floats(dx),
  );
  return [dx, ...[past, ...weightsOf(inputs)].map((of) => zeros(of, x))];
};
