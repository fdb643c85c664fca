import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { tiedDropout } from '../../src/layers/dropout.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';

beforeAll(() => useBackend('cpu'));

const [BATCH, L, H, RATE] = [20, 5, 100, 0.25];

/** [batch][step][channel] */
function dropped(seed: number): number[][][] {
  return tf.tidy(() => {
    const x = tf.ones<tf.Rank.R3>([BATCH, L, H]);
    return tiedDropout(x, RATE, { training: true, random: random(seed) }).arraySync();
  });
}

test('whole channels of an example are dropped, the same at every step; the others are scaled by 1/(1 - rate)', () => {
  const y = dropped(1);
  expect(new Set(y.flat(2).map(Math.fround))).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  for (const example of y) for (const step of example) expect(step).toEqual(example[0]);
  expect(y[0][0]).not.toEqual(y[1][0]);
});

test('the share of what is dropped is the rate, within five standard deviations', () => {
  const share =
    dropped(2)
      .flatMap((example) => example[0])
      .filter((value) => value === 0).length /
    (BATCH * H);
  expect(Math.abs(share - RATE)).toBeLessThan(5 * Math.sqrt((RATE * (1 - RATE)) / (BATCH * H)));
});

test('same seed, same mask; another seed, another', () => {
  expect(dropped(3)).toEqual(dropped(3));
  expect(dropped(3)).not.toEqual(dropped(4));
});

test('does nothing, and draws nothing, in evaluation or at rate 0', () => {
  const x = tf.ones<tf.Rank.R3>([2, 3, 4]);
  const source = random(1);
  const before = source.state();
  expect(tiedDropout(x, RATE, { training: false, random: source })).toBe(x);
  expect(tiedDropout(x, RATE, {})).toBe(x);
  expect(tiedDropout(x, 0, { training: true, random: source })).toBe(x);
  expect(source.state()).toEqual(before);
  x.dispose();
});

test('training needs a source of random numbers', () => {
  const x = tf.ones<tf.Rank.R3>([2, 3, 4]);
  expect(() => tiedDropout(x, RATE, { training: true })).toThrow(
    new TypeError(
      'dropout: training needs a source of random numbers (pass { training: true, random: random(seed) })',
    ),
  );
  x.dispose();
});
