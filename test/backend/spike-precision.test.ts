import { beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import * as ops from '../../src/ops/index.js';
import { type Random, random } from '../../src/random.js';
import * as tf from '../../src/tf.js';

/** Enough rows for several tasks, an inner dimension of more than one pass, and no size a multiple of a tile. */
const [ROWS, K, COLS] = [1100, 530, 83];
/** Shares of the sum of a result's products, in size: some float32 roundings. */
const BOUND = 2 * Math.sqrt(K) * 2 ** -24;
/** What whole numbers may cost beyond that: a share of the column's largest number, for each spike. */
const WHOLE = 2 ** -28;

interface Arrays {
  x: Float32Array;
  w: Float32Array;
  dy: Float32Array;
}

function values(seed: number, count: number, of: (source: Random, i: number) => number): Float32Array {
  const source = random(seed);
  return Float32Array.from({ length: count }, (_, i) => of(source, i));
}

const spikes = (rate: number, unit: number): Float32Array =>
  values(1, ROWS * K, (source) => (source.uniform() < rate ? unit : 0));
const weights = values(2, K * COLS, (source) => 0.05 * source.normal());
const gradient = values(3, ROWS * COLS, (source) => source.normal());

/** Results and gradients of spikeMatmul with a bias of zeros. */
function run({ x, w, dy }: Arrays): { y: Float32Array; dw: Float32Array; db: Float32Array } {
  return tf.tidy(() => {
    const s = tf.tensor2d(x, [ROWS, K]);
    const b = tf.zeros([COLS]) as tf.Tensor1D;
    const apply = (weight: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      ops.spikeMatmul(s, weight as tf.Tensor2D, bias as tf.Tensor1D);
    const given = tf.tensor2d(w, [K, COLS]);
    const [dw, db] = tf.grads(apply)([given, b], tf.tensor2d(dy, [ROWS, COLS]));
    const arrays = [apply(given, b), dw, db].map((tensor) => tensor.dataSync() as Float32Array);
    return { y: arrays[0], dw: arrays[1], db: arrays[2] };
  });
}

/**
 * The largest error of `left` [items, depth] by `right` [depth, COLS], as a share of the sum of the sizes of its products,
 * less what each spike may cost.
 */
function error(
  got: Float32Array,
  [items, depth]: [number, number],
  left: (i: number, k: number) => number,
  right: Float32Array,
  perSpike: number,
): number {
  let worst = 0;
  const largest = new Float64Array(COLS);
  right.forEach((value, i) => {
    largest[i % COLS] = Math.max(largest[i % COLS], Math.abs(value));
  });
  const [sums, sizes] = [new Float64Array(COLS), new Float64Array(COLS)];
  for (let i = 0; i < items; i++) {
    sums.fill(0);
    sizes.fill(0);
    let total = 0;
    for (let k = 0; k < depth; k++) {
      const a = left(i, k);
      if (a === 0) continue;
      total += Math.abs(a);
      for (let c = 0; c < COLS; c++) {
        sums[c] += a * right[k * COLS + c];
        sizes[c] += Math.abs(a * right[k * COLS + c]);
      }
    }
    for (let c = 0; c < COLS; c++) {
      const wrong = Math.abs(got[i * COLS + c] - sums[c]) - perSpike * total * largest[c];
      if (wrong > 0) worst = Math.max(worst, wrong / sizes[c]);
    }
  }
  return worst;
}

function errors(given: Arrays, perSpike = WHOLE): { y: number; dw: number } {
  const { y, dw } = run(given);
  return {
    y: error(y, [ROWS, K], (i, k) => given.x[i * K + k], given.w, perSpike),
    dw: error(dw, [K, ROWS], (i, k) => given.x[k * K + i], given.dy, perSpike),
  };
}

describe.skipIf(availableBackends().native !== true)('native products of spikes', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  test.each<[string, number, number]>([
    ['10 % of them', 0.1, 1],
    ['1 % of them', 0.01, 1],
    ['70 % of them', 0.7, 1],
    ['scaled by dropout', 0.1, 1 / 0.9],
    ['negative', 0.2, -0.3],
    ['very large', 0.2, 1e20],
  ])('are as exact as float32: %s', (_, rate, unit) => {
    const { y, dw } = errors({ x: spikes(rate, unit), w: weights, dy: gradient });
    expect(y).toBeLessThan(BOUND);
    expect(dw).toBeLessThan(BOUND);
  });

  test('other numbers among the spikes count as they are, wherever they come', () => {
    const x = spikes(0.1, 1);
    for (let i = Math.floor(x.length / 2); i < x.length; i += 997) x[i] = 0.37;
    const { y, dw } = errors({ x, w: weights, dy: gradient });
    expect(y).toBeLessThan(BOUND);
    expect(dw).toBeLessThan(BOUND);
  });

  test('a weight or gradient that towers over its column costs the others nothing', () => {
    const [w, dy] = [weights.slice(), gradient.slice()];
    w[17 * COLS + 5] = 1e6;
    dy[700 * COLS + 40] = -1e8;
    const { y, dw } = errors({ x: spikes(0.1, 1), w, dy }, 0);
    expect(y).toBeLessThan(BOUND);
    expect(dw).toBeLessThan(BOUND);
  });

  test.each([1e-30, 1e30])('weights and gradients about %d are as exact', (scale) => {
    const [w, dy] = [weights, gradient].map((array) => array.map((value) => value * scale));
    const { y, dw } = errors({ x: spikes(0.1, 1), w, dy });
    expect(y).toBeLessThan(BOUND);
    expect(dw).toBeLessThan(BOUND);
  });

  test('no spike gives the bias, and no gradient of the weights', () => {
    const { y, dw, db } = run({ x: new Float32Array(ROWS * K), w: weights, dy: gradient });
    expect(y.every((value) => value === 0)).toBe(true);
    expect(dw.every((value) => value === 0)).toBe(true);
    expect(db.some((value) => value !== 0)).toBe(true);
  });

  test('the gradient of the bias is the sum of the rows', () => {
    const { db } = run({ x: spikes(0.1, 1), w: weights, dy: gradient });
    for (let c = 0; c < COLS; c++) {
      let [sum, size] = [0, 0];
      for (let row = 0; row < ROWS; row++) {
        sum += gradient[row * COLS + c];
        size += Math.abs(gradient[row * COLS + c]);
      }
      expect(Math.abs(db[c] - sum) / size).toBeLessThan(BOUND);
    }
  });

  test('a weight that is not a number reaches the rows whose spike meets it', () => {
    const w = weights.slice();
    w[9 * COLS + 3] = Number.NaN;
    const x = spikes(0.1, 1);
    const { y } = run({ x, w, dy: gradient });
    for (let row = 0; row < ROWS; row++) {
      if (x[row * K + 9] !== 0) expect(y[row * COLS + 3]).toBeNaN();
      expect(Number.isFinite(y[row * COLS + 50])).toBe(true);
    }
  });
});
