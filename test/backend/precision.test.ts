import { beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import * as ops from '../../src/ops/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';

const [ROWS, K, COLS] = [67, 300, 53];
/** Sums of K products in float32, each rounded once, in any order. */
const BOUND = 2 * Math.sqrt(K) * 2 ** -24;

function values(count: number, of: (source: ReturnType<typeof random>) => number): Float32Array {
  const source = random(11);
  return Float32Array.from({ length: count }, () => of(source));
}

function product(x: Float32Array, w: Float32Array): Float32Array {
  return tf.tidy(() => {
    const given = [tf.tensor2d(x, [ROWS, K]), tf.tensor2d(w, [K, COLS])];
    return ops.affine(given[0], given[1], tf.zeros([COLS])).dataSync() as Float32Array;
  });
}

/** Native kernels take numbers below the smallest normal one, products included, for zero. */
const FLUSHED = 2 ** -126;

/** The largest error of an entry, as a share of the sum of its products' sizes. */
function error(x: Float32Array, w: Float32Array): number {
  const got = product(x, w);
  let worst = 0;
  for (let i = 0; i < ROWS * COLS; i++) {
    const [row, c] = [Math.floor(i / COLS), i % COLS];
    let [sum, size] = [0, 0];
    for (let k = 0; k < K; k++) {
      const term = x[row * K + k] * w[k * COLS + c];
      sum += term;
      size += Math.abs(term);
    }
    const wrong = Math.max(0, Math.abs(got[i] - sum) - K * FLUSHED);
    if (wrong > 0) worst = Math.max(worst, wrong / size);
  }
  return worst;
}

const normal = values(ROWS * K, (source) => source.normal());
const weights = values(K * COLS, (source) => 0.05 * source.normal());

describe.skipIf(availableBackends().native !== true)('native products', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  test.each<[string, (source: ReturnType<typeof random>) => number]>([
    ['of one size', (source) => source.normal()],
    ['from 1e-20 to 1e20', (source) => source.normal() * 10 ** (40 * source.uniform() - 20)],
    ['about 1e-36', (source) => source.normal() * 1e-36],
    ['about 1e30', (source) => source.normal() * 1e30],
    ['next to the largest', (source) => (source.uniform() < 0.005 ? 3.4e38 : 0)],
  ])('are as exact as float32 for numbers %s', (_, of) => {
    const x = values(ROWS * K, of);
    expect(error(x, weights)).toBeLessThan(BOUND);
  });

  test('are as exact where both sides are small', () => {
    const small = values(ROWS * K, (source) => source.normal() * 1e-18);
    const other = values(K * COLS, (source) => source.normal() * 1e-18);
    expect(error(small, other)).toBeLessThan(BOUND);
  });

  test('numbers below the smallest normal one count as they are or as zero', () => {
    const x = normal.map((value) => value * 1e-40);
    expect(product(x, weights).every((value) => Math.abs(value) < 1e-38)).toBe(true);
  });

  test.each([
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ])('%d stays what it is, in its row alone', (value, expected) => {
    const x = normal.slice();
    x[5 * K + 3] = value;
    const w = weights.map(Math.abs);
    const got = product(x, w);
    for (let i = 0; i < got.length; i++) {
      if (Math.floor(i / COLS) === 5) expect(got[i]).toBe(expected);
      else expect(Number.isFinite(got[i])).toBe(true);
    }
  });

  test('infinity times zero is no number', () => {
    const x = normal.slice();
    x[0] = Infinity;
    const w = weights.slice();
    w[0] = 0;
    const got = product(x, w);
    expect(got[0]).toBeNaN();
    expect(Math.abs(got[1])).toBe(Infinity);
  });
});
