import { addon } from '../../backend/native/addon.js';
import { surrogateNumber } from '../native-neuron.js';
import { floats, like } from '../native-tensor.js';
import type { Attributes, HostKernel, HostTensor } from '../operation.js';
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
    /** With dy: the gradient of x; without: the spikes. */
    sdn(
      batch: number,
      L: number,
      H: number,
      surrogate: number,
      ...given: [
        x: Float32Array,
        past: Float32Array,
        ...network: NetworkFloats,
        dy: Float32Array | null,
        scale: Float32Array | null,
        out: Float32Array,
      ]
    ): void;
  }
}

/** As the reference. */
export const forward: HostKernel = (inputs, attributes) => [run(inputs, attributes)];

export const backward: HostKernel = (inputs, attributes) => [
  run(inputs, attributes),
  ...[inputs.past, ...weightsOf(inputs)].map((of) => zeros(of, inputs.x)),
];

/** With dy0 the gradient of x, otherwise the spikes. */
function run(inputs: Record<string, HostTensor>, { surrogate }: Attributes): HostTensor {
  const { x, past, dy0, scale } = inputs;
  const [batch, L, H] = x.shape;
  const out = like(x);
  addon().sdn(
    batch,
    L,
    H,
    surrogateNumber(surrogate as string),
    floats(x),
    floats(past),
    ...networkFloats(inputs),
    dy0 ? floats(dy0) : null,
    scale ? floats(scale) : null,
    floats(out),
  );
  return out;
}
