import { addon } from '../../backend/native/addon.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';
import { type NetworkFloats, networkFloats } from '../sdn/native.js';
import { weightsOf, zeros } from '../sdn/reference.js';

type Given = [
  batch: number,
  L: number,
  H: number,
  x: Float32Array,
  past: Float32Array,
  ...network: NetworkFloats,
  scale: Float32Array | null,
];

declare module '../../backend/native/addon.js' {
  interface Addon {
    sdnSpike(...given: [...Given, spikes: Float32Array]): void;
    sdnSpikeBackward(...given: [...Given, dy: Float32Array, dx: Float32Array, dPast: Float32Array]): void;
  }
}

/** As the reference. */
export const forward: HostKernel = (inputs) => {
  const spikes = like(inputs.x);
  addon().sdnSpike(...givenOf(inputs), floats(spikes));
  return [spikes];
};

export const backward: HostKernel = (inputs) => {
  const [dx, dPast] = [inputs.x, inputs.past].map(like);
  addon().sdnSpikeBackward(...givenOf(inputs), floats(inputs.dy0), floats(dx), floats(dPast));
  return [dx, dPast, ...weightsOf(inputs).map((of) => zeros(of, inputs.x))];
};

function givenOf(inputs: Record<string, HostTensor>): Given {
  const { x, past, scale } = inputs;
  const [batch, L, H] = x.shape;
  const factors = scale ? floats(scale) : null;
  return [batch, L, H, floats(x), floats(past), ...networkFloats(inputs), factors];
}
