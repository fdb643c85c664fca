import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { type NormLayer, normLayer } from '../../src/layers/norm.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';

beforeAll(() => useBackend('cpu'));

/** Two sequences of two steps and two channels: channel 0 holds 1 2 3 6, channel 1 holds -2 0 0 2. */
const X = [1, -2, 2, 0, 3, 0, 6, 2];
/** Channel 0: mean 3, squares 4 1 0 9, variance 14/4; channel 1: mean 0, variance 8/4. */
const [MEAN, VARIANCE] = [
  [3, 0],
  [3.5, 2],
];
const EPS = 1e-5;

function apply(norm: NormLayer, training: boolean, x = X): Float32Array {
  return tf.tidy(() =>
    norm.apply(tf.tensor3d(x, [2, x.length / 4, 2]), { training }).dataSync(),
  ) as Float32Array;
}

function set(variable: tf.Variable, values: number[]): void {
  tf.tidy(() => variable.assign(tf.tensor1d(values)));
}

describe('batch norm', () => {
  test('in training each channel is normalised over batch and time, with the biased variance', () => {
    const norm = normLayer('batch', 2);
    set(norm.parameters.weight, [2, 3]);
    set(norm.parameters.bias, [0.5, -1]);
    const expected = X.map((x, i) => {
      const c = i % 2;
      return ((x - MEAN[c]) / Math.sqrt(VARIANCE[c] + EPS)) * [2, 3][c] + [0.5, -1][c];
    });
    expectClose(apply(norm, true), expected, 1e-6, 'normalised');
  });

  test('running statistics move by a tenth, to the mean and the unbiased variance (count 4: times 4/3)', () => {
    const { buffers, ...rest } = normLayer('batch', 2);
    expect([...buffers.running_mean.dataSync(), ...buffers.running_var.dataSync()]).toEqual([0, 0, 1, 1]);
    apply({ buffers, ...rest }, true);
    expectClose(buffers.running_mean.dataSync(), [0.3, 0], 1e-6, 'mean');
    expectClose(
      buffers.running_var.dataSync(),
      [0.9 + 0.1 * (14 / 3), 0.9 + 0.1 * (8 / 3)],
      1e-6,
      'variance',
    );
    apply({ buffers, ...rest }, true);
    expectClose(buffers.running_mean.dataSync(), [0.57, 0], 1e-6, 'mean');
  });

  test('in evaluation the running statistics are used and stay', () => {
    const norm = normLayer('batch', 2);
    set(norm.buffers.running_mean, [1, -1]);
    set(norm.buffers.running_var, [4, 0.25]);
    set(norm.parameters.weight, [2, 1]);
    set(norm.parameters.bias, [0, 3]);
    const expected = X.map((x, i) =>
      i % 2 === 0 ? (2 * (x - 1)) / Math.sqrt(4 + EPS) : (x + 1) / Math.sqrt(0.25 + EPS) + 3,
    );
    expectClose(apply(norm, false), expected, 1e-6, 'normalised');
    expect([...norm.buffers.running_mean.dataSync()]).toEqual([1, -1]);
    expect([...norm.buffers.running_var.dataSync()]).toEqual([4, 0.25]);
  });

  test('taken over batches, running statistics are their mean, whatever they were before', () => {
    const norm = normLayer('batch', 2);
    set(norm.buffers.running_mean, [50, 50]);
    set(norm.buffers.running_var, [50, 50]);
    const twice = X.map((x) => 2 * x);
    const renew = (x: number[], statistics: number): number[] =>
      tf.tidy(() => [...norm.apply(tf.tensor3d(x, [2, 2, 2]), { statistics }).dataSync()]);
    expectClose(renew(X, 1), [...apply(normLayer('batch', 2), true)], 1e-6, 'normalised by their own');
    renew(twice, 1 / 2);
    expectClose(norm.buffers.running_mean.dataSync(), [(3 + 6) / 2, 0], 1e-6, 'mean');
    // The unbiased variance of twice the numbers is four times theirs.
    const unbiased = VARIANCE.map((variance) => (variance * 4) / 3);
    expectClose(
      norm.buffers.running_var.dataSync(),
      unbiased.map((v) => (v + 4 * v) / 2),
      1e-6,
      'variance',
    );
  });

  test('refuses a single value a channel, and its running statistics stay', () => {
    const norm = normLayer('batch', 2);
    const run = () => tf.tidy(() => norm.apply(tf.tensor3d([1, 2], [1, 1, 2]), { training: true }));
    expect(run).toThrow(
      new RangeError(
        "norm: batch norm needs at least 2 values a channel to train, got 1 (take more examples a step, or norm: 'layer')",
      ),
    );
    expect([...norm.buffers.running_mean.dataSync()]).toEqual([0, 0]);
  });
});

describe('layer norm', () => {
  test('each step is normalised over its channels, in training as in evaluation', () => {
    const norm = normLayer('layer', 2);
    set(norm.parameters.weight, [2, 3]);
    set(norm.parameters.bias, [0.5, -1]);
    // Of two numbers the mean is halfway and the deviation half the distance.
    const expected = [0, 2, 4, 6].flatMap((i) => {
      const half = (X[i] - X[i + 1]) / 2;
      const unit = half / Math.sqrt(half * half + EPS);
      return [2 * unit + 0.5, -3 * unit - 1];
    });
    expectClose(apply(norm, true), expected, 1e-6, 'training');
    expectClose(apply(norm, false), expected, 1e-6, 'evaluation');
    expect(norm.buffers).toEqual({});
  });
});
