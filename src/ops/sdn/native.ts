import { addon } from '../../backend/native/addon.js';
import { multiply } from '../elementwise/native.js';
import { surrogateNumber } from '../native-neuron.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';
import { weightsOf, zeros } from './reference.js';

/** The network's weights, in the order in which the kernels read them. */
export type NetworkFloats = [
  w1: Float32Array,
  b1: Float32Array,
  w2: Float32Array,
  b2: Float32Array,
  w3: Float32Array,
  b3: Float32Array,
];

export function networkFloats({ w1, b1, w2, b2, w3, b3 }: Record<string, HostTensor>): NetworkFloats {
  return [floats(w1), floats(b1), floats(w2), floats(b2), floats(w3), floats(b3)];
}

declare module '../../backend/native/addon.js' {
  interface Addon {
    sdn(
      batch: number,
      L: number,
      H: number,
      surrogate: number,
      ...given: [
        x: Float32Array,
        past: Float32Array,
        ...network: NetworkFloats,
        scale: Float32Array | null,
        spikes: Float32Array,
        slope: Float32Array | null,
      ]
    ): void;
  }
}

/** As the reference; with attribute `keep`, the slopes of the spikes are a note for `backward`. */
export const forward: HostKernel = (inputs, { surrogate, keep }) => {
  const { x, past, scale } = inputs;
  const [batch, L, H] = x.shape;
  const [spikes, slope] = [like(x), keep ? like(x) : undefined];
  addon().sdn(
    batch,
    L,
    H,
    surrogateNumber(surrogate as string),
    floats(x),
    floats(past),
    ...networkFloats(inputs),
    scale ? floats(scale) : null,
    floats(spikes),
    slope ? floats(slope) : null,
  );
  return slope ? [spikes, slope] : [spikes];
};

export const backward: HostKernel = (inputs) => {
  const { past, dy0, y1: slope } = inputs;
  return [multiply(dy0, slope), ...[past, ...weightsOf(inputs)].map((of) => zeros(of, dy0))];
};
