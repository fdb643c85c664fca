import * as ops from '../../../src/ops/index.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { type Arrays, type Case, type Host, normal, tensor } from '../case.js';

/** `more`: inputs scale, residual and slope, each or none. With a slope, x passes gradients on where it is not 0, as spikes do. */
function spikeGluCase(name: string, x: Host, H: number, more: Record<string, Host> = {}): Case {
  const [rows, K] = x.shape;
  const inputs = { x, w: normal(2, [K, 2 * H], 0.5), b: normal(3, [2 * H]), ...more };
  const define = ({ x, w, b, scale, residual }: Arrays): Float64Array[] => [
    Float64Array.from({ length: rows * H }, (_, i) => {
      const [row, c] = [Math.floor(i / H), i % H];
      const mixed = (column: number): number => {
        let sum = b[column];
        for (let k = 0; k < K; k++) sum += x[row * K + k] * w[k * 2 * H + column];
        return sum;
      };
      const each = rows / ((scale?.length ?? H) / H);
      const factor = scale?.[Math.floor(row / each) * H + c] ?? 1;
      return (residual?.[i] ?? 0) + (factor * mixed(c)) / (1 + Math.exp(-mixed(H + c)));
    }),
  ];
  return {
    name: `spikeGlu ${name}`,
    inputs,
    run: ({ x, w, b, ...given }) => [
      ops.spikeGlu(passing(x, given.slope) as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, given),
    ],
    define,
    smooth: (base) => (inputs) => {
      const passed = inputs.x.map((x, i) => (base.slope?.[i] === 0 ? base.x[i] : x));
      return define({ ...inputs, x: passed });
    },
    differentiate: Object.keys(inputs).filter((input) => !['scale', 'slope'].includes(input)),
  };
}

/** x, whose gradient is 0 where the slope is. */
function passing(x: tf.Tensor, slope?: tf.Tensor): tf.Tensor {
  if (!slope) return x;
  return tf.customGrad((given) => ({
    value: tf.clone(given as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.where(tf.equal(slope, 0), tf.zerosLike(dy), dy),
  }))(x);
}

const spikes = (rate: number, shape: number[], value = 1): Host => {
  const source = random(5);
  return tensor(shape, () => (source.uniform() < rate ? value : 0));
};

/** Factors of dropout: some channels are dropped. */
const dropped = (seed: number, shape: number[]): Host => {
  const source = random(seed);
  return tensor(shape, () => (source.uniform() < 0.4 ? 0 : 1 / 0.6));
};

/** Slopes of spikes: most are 0, of either sign. */
const slopes = (seed: number, shape: number[]): Host => {
  const source = random(seed);
  return tensor(shape, () => (source.uniform() < 0.4 ? source.normal() : source.uniform() < 0.5 ? 0 : -0));
};

export const spikeGluCases: Case[] = [
  spikeGluCase('20 %, 13x9 -> 5', spikes(0.2, [13, 9]), 5),
  spikeGluCase('1x1 -> 1', spikes(1.1, [1, 1]), 1),
  spikeGluCase('no spike', spikes(0, [6, 5]), 4),
  spikeGluCase('all spikes', spikes(1.1, [6, 5]), 4),
  spikeGluCase('of whole strips, 12x32 -> 16', spikes(0.3, [12, 32]), 16),
  spikeGluCase('scaled by dropout on both sides', spikes(0.3, [14, 7], 1 / 0.9), 19, {
    scale: dropped(6, [2, 19]),
    residual: normal(7, [14, 19]),
  }),
  spikeGluCase('of several blocks of rows', spikes(0.3, [420, 3]), 2, { scale: dropped(11, [2, 2]) }),
  spikeGluCase('with residual', spikes(0.4, [7, 6]), 3, { residual: normal(8, [7, 3]) }),
  spikeGluCase('of spikes of which few pass a gradient on', spikes(0.3, [13, 19]), 5, {
    slope: slopes(12, [13, 19]),
    scale: dropped(13, [1, 5]),
  }),
  spikeGluCase('of spikes that pass no gradient on', spikes(0.3, [5, 4]), 3, {
    slope: tensor([5, 4], (i) => (i % 2 === 0 ? 0 : -0)),
  }),
  spikeGluCase('with all channels dropped', spikes(0.4, [4, 6]), 3, { scale: tensor([2, 3], () => 0) }),
  spikeGluCase('of spikes of several sizes', normal(9, [9, 4]), 3, { scale: normal(10, [3, 3]) }),
];
