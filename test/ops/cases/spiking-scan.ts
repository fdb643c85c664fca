import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Arrays, type Case, tensor } from '../case.js';
import { lifCase } from './lif.js';
import { type Sizes, s4dCase } from './s4d.js';

/** The definitions of s4d and lif, one after the other. */
function spikingScanCase(name: string, sizes: Sizes, options: ops.LifOptions = {}, scaled = false): Case {
  const { batch, L, H } = sizes;
  const layer = s4dCase(name, sizes);
  const cell = lifCase(name, { shape: [batch, L, H], values: new Float32Array(batch * L * H) }, options);
  const current = (inputs: Arrays): [Arrays, Float64Array] => {
    const [x, state] = layer.define(inputs);
    return [{ x, u: inputs.u }, state];
  };
  const factors: Case['inputs'] = scaled ? { scale: tensor([batch, H], (i) => (i % 3) / 2) } : {};
  const counted = (spikes: Float64Array, { scale }: Arrays): Float64Array =>
    spikes.map((s, i) => s * (scale?.[Math.floor(i / (L * H)) * H + (i % H)] ?? 1));
  const inputs = { ...layer.inputs, u: cell.inputs.u };
  return {
    name,
    inputs: { ...inputs, ...factors },
    differentiate: Object.keys(inputs),
    run: ({ x, state, u, scale, ...parameters }) =>
      ops
        .spikingScan(
          x as tf.Tensor3D,
          parameters as unknown as ops.S4dParameters,
          options,
          { ssm: state as tf.Tensor4D, neuron: u as tf.Tensor2D },
          scale as tf.Tensor2D | undefined,
        )
        .slice(0, 3) as tf.Tensor[],
    define: (inputs) => {
      const [given, state] = current(inputs);
      const [spikes, u] = cell.define(given);
      return [counted(spikes, inputs), state, u];
    },
    smooth: (base) => {
      const f = cell.smooth?.(current(base)[0]) as (inputs: Arrays) => Float64Array[];
      return (inputs) => {
        const [given, state] = current(inputs);
        const [spikes, u] = f(given);
        return [counted(spikes, inputs), state, u];
      };
    },
    exact: [0],
  };
}

export const spikingScanCases: Case[] = [
  spikingScanCase('spiking scan scaled', { batch: 3, L: 21, H: 5, M: 2, kernels: 1 }, {}, true),
  spikingScanCase(
    'spiking scan scaled, bidirectional',
    { batch: 2, L: 18, H: 2, M: 2, kernels: 2 },
    {},
    true,
  ),
  spikingScanCase('spiking scan', { batch: 2, L: 9, H: 3, M: 2, kernels: 1 }),
  spikingScanCase('spiking scan bidirectional', { batch: 2, L: 7, H: 2, M: 3, kernels: 2 }, { tau: 0.8 }),
  spikingScanCase('spiking scan sltt', { batch: 2, L: 7, H: 2, M: 3, kernels: 2 }, { gradient: 'sltt' }),
  spikingScanCase('spiking scan L = 1', { batch: 1, L: 1, H: 2, M: 2, kernels: 1 }, { tau: 0.9 }),
  spikingScanCase(
    'spiking scan L = 37',
    { batch: 1, L: 37, H: 2, M: 4, kernels: 1 },
    { tau: 0.5, v_reset: -0.2 },
  ),
  spikingScanCase(
    'spiking scan soft reset',
    { batch: 1, L: 19, H: 2, M: 1, kernels: 1 },
    { reset: 'soft', tau: 0.8 },
  ),
  spikingScanCase(
    'spiking scan arctan',
    { batch: 1, L: 12, H: 2, M: 1, kernels: 1 },
    { surrogate: 'arctan' },
  ),
];
