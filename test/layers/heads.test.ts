import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { encoder, head, pooled } from '../../src/layers/heads.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';

beforeAll(() => useBackend('cpu'));

describe('encoder', () => {
  test('tokens: row x of the table, of normal numbers', () => {
    const { parameters, apply } = encoder({ kind: 'tokens', size: 5 }, 3, random(1));
    expect(parameters.weight.shape).toEqual([5, 3]);
    expect(Object.keys(parameters)).toEqual(['weight']);
    const table = parameters.weight.arraySync() as number[][];
    const y = tf.tidy(() => apply(tf.tensor2d([4, 0, 0, 2], [2, 2], 'int32')).arraySync());
    expect(y).toEqual([
      [table[4], table[0]],
      [table[0], table[2]],
    ]);
  });

  test('real inputs: weight [H, size] and bias [H], drawn from U(-1/sqrt(size), 1/sqrt(size))', () => {
    const { parameters, apply } = encoder({ kind: 'real', size: 4 }, 200, random(1));
    const [weight, bias] = [parameters.weight.dataSync(), parameters.bias.dataSync()];
    expect(parameters.weight.shape).toEqual([200, 4]);
    for (const values of [weight, bias]) {
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5);
      expect(Math.max(...values)).toBeGreaterThan(0.45);
      expect(Math.min(...values)).toBeLessThan(-0.45);
    }
    const x = [1, -2, 0.5, 3];
    const y = tf.tidy(() => apply(tf.tensor3d(x, [1, 1, 4])).dataSync());
    const expected = bias.map((b, h) => b + x.reduce((sum, value, k) => sum + value * weight[4 * h + k], 0));
    expectClose(y, expected, 1e-6, 'encoded');
  });
});

test('head: weight [classes, H] and bias [classes]', () => {
  const { parameters, apply } = head(3, 2, random(1));
  expect(parameters.weight.shape).toEqual([2, 3]);
  const [weight, bias] = [parameters.weight.dataSync(), parameters.bias.dataSync()];
  const y = tf.tidy(() => apply(tf.tensor2d([1, 10, 100], [1, 3])).dataSync());
  const expected = [0, 1].map(
    (c) => bias[c] + weight[3 * c] + 10 * weight[3 * c + 1] + 100 * weight[3 * c + 2],
  );
  expectClose(y, expected, 1e-6, 'logits');
});

describe('pool', () => {
  /** Two sequences of three steps, one channel apart from the other by 100. */
  const X = [1, 101, 2, 102, 6, 106, 4, 104, 8, 108, 3, 103];
  const pool = (kind: 'mean' | 'last', lengths?: number[]) =>
    tf.tidy(() => [
      ...pooled(tf.tensor3d(X, [2, 3, 2]), kind, lengths && Int32Array.from(lengths)).dataSync(),
    ]);

  test.each([
    ['mean', undefined, [3, 103, 5, 105]],
    ['mean', [3, 3], [3, 103, 5, 105]],
    ['mean', [2, 1], [1.5, 101.5, 4, 104]],
    ['last', undefined, [6, 106, 3, 103]],
    ['last', [2, 3], [2, 102, 3, 103]],
    ['last', [1, 2], [1, 101, 8, 108]],
  ] as const)('%s over lengths %j', (kind, lengths, expected) => {
    expectClose(pool(kind, lengths && [...lengths]), expected, 1e-6, 'pooled');
  });

  test.each([
    [[1], /^pool: lengths must be 2 numbers in \[1, 3\], got \[1\]$/],
    [[1, 2, 3], /got \[1, 2, 3\]$/],
    [[0, 2], /got \[0, 2\]$/],
    [[4, 2], /^pool: lengths must be 2 numbers in \[1, 3\], got \[4, 2\]$/],
  ])('refuses lengths %j', (lengths, message) => {
    expect(() => pool('mean', lengths)).toThrow(message);
    expect(() => pool('mean', lengths)).toThrow(RangeError);
  });
});
