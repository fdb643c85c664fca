import * as ops from '../../../src/ops/index.js';
import { random } from '../../../src/random.js';
import type * as tf from '../../../src/tf.js';
import { type Arrays, type Case, type Host, normal, tensor } from '../case.js';

type Affine = (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.Tensor2D;

function affineCase(name: string, run: Affine, x: Host, cols: number): Case {
  const [rows, K] = x.shape;
  return {
    name,
    inputs: { x, w: normal(2, [K, cols]), b: normal(3, [cols]) },
    run: ({ x, w, b }) => [run(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D)],
    define: ({ x, w, b }: Arrays) => {
      const y = new Float64Array(rows * cols);
      for (let i = 0; i < y.length; i++) {
        const [row, c] = [Math.floor(i / cols), i % cols];
        y[i] = b[c];
        for (let k = 0; k < K; k++) y[i] += x[row * K + k] * w[k * cols + c];
      }
      return [y];
    },
  };
}

const spikes = (rate: number, shape: number[]): Host => {
  const source = random(5);
  return tensor(shape, () => (source.uniform() < rate ? 1 : 0));
};

export const matmulCases: Case[] = [
  affineCase('affine 5x3 -> 4', ops.affine, normal(1, [5, 3]), 4),
  affineCase('affine 1x1 -> 1', ops.affine, normal(1, [1, 1]), 1),
  affineCase('affine 33x17 -> 19', ops.affine, normal(1, [33, 17]), 19),
  affineCase('spikeMatmul 10 %, 37x19 -> 38', ops.spikeMatmul, spikes(0.1, [37, 19]), 38),
  affineCase('spikeMatmul 50 %, 13x8 -> 16', ops.spikeMatmul, spikes(0.5, [13, 8]), 16),
  affineCase('spikeMatmul no spike', ops.spikeMatmul, spikes(0, [6, 5]), 10),
  affineCase('spikeMatmul all spikes', ops.spikeMatmul, spikes(1.1, [6, 5]), 10),
  affineCase('spikeMatmul of scaled spikes', ops.spikeMatmul, normal(6, [7, 4]), 3),
];
