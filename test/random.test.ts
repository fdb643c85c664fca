import { describe, expect, test } from 'vitest';
import { type Random, random, randomFromState } from '../src/random.js';

const draw = (source: Random, count = 20) => Array.from({ length: count }, () => source.uniform());

describe('a source of randomness', () => {
  test('gives the same numbers for the same seed, on every machine', () => {
    expect(draw(random(5))).toEqual(draw(random(5)));
    expect(draw(random(5))).not.toEqual(draw(random(6)));
    // Written down once: a change of the generator would change every seeded result there is.
    expect(random(1).uniform()).toBe(0.9773275848515331);
  });

  test('its first numbers do not follow the seed, those of its forks neither', () => {
    const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
    for (const source of [random, (seed: number) => random(seed).fork(), (seed: number) => random(-seed)]) {
      const rows = seeds.map((seed) => draw(source(seed), 3));
      for (const k of [0, 1, 2]) {
        const values = rows.map((row) => row[k]);
        expect(Math.abs(mean(values) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 1000));
        expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / 1000));
        expect(Math.abs(correlation(values, seeds))).toBeLessThan(5 / Math.sqrt(1000));
        expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(5 / Math.sqrt(1000));
      }
    }
  });

  test('every bit of the seed counts', () => {
    const seeds = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER, -(2 ** 40)];
    expect(new Set(seeds.map((seed) => random(seed).uniform())).size).toBe(seeds.length);
  });

  test('neighbouring seeds have nothing in common', () => {
    const rows = Array.from({ length: 50 }, (_, seed) => draw(random(seed), 200));
    for (let i = 1; i < rows.length; i++)
      expect(Math.abs(correlation(rows[i - 1], rows[i]))).toBeLessThan(5 / Math.sqrt(200));
  });

  test('goes on from its state exactly, whatever was drawn', () => {
    const source = random(3);
    source.normal();
    source.integer(0, 9);
    source.fork();
    source.shuffle([1, 2, 3]);
    const state = source.state();
    const continued = randomFromState(JSON.parse(JSON.stringify(state)));
    expect(draw(continued)).toEqual(draw(source));
    expect(source.state()).not.toEqual(state);
    expect(draw(randomFromState(state))).toEqual(draw(randomFromState(state)));
  });

  test('a fork draws its own numbers: what it draws does not shift its parent', () => {
    const [a, b] = [random(3), random(3)];
    const fork = a.fork();
    draw(fork, 1000);
    expect(draw(b.fork())).toEqual(draw(random(3).fork()));
    expect(draw(a)).toEqual(draw(b));
    const [first, second] = [a.fork(), a.fork()].map((source) => draw(source, 2000));
    expect(Math.abs(correlation(first, second))).toBeLessThan(5 / Math.sqrt(2000));
  });

  test.each([0.5, Number.NaN, Infinity, 2 ** 60])('refuses seed %d', (seed) => {
    expect(() => random(seed)).toThrow(new RangeError(`random: seed must be a whole number, got ${seed}`));
  });
});

describe('distributions, each within five standard errors', () => {
  const COUNT = 100_000;

  test('uniform: mean 1/2, variance 1/12, within [0, 1)', () => {
    const values = draw(random(1), COUNT);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / COUNT));
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / COUNT));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  test('normal: mean 0, variance 1, skewness 0, fourth moment 3, neighbours independent', () => {
    const source = random(2);
    const values = Array.from({ length: COUNT }, () => source.normal());
    const error = 5 / Math.sqrt(COUNT);
    expect(Math.abs(mean(values))).toBeLessThan(error);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(mean(values.map((v) => v ** 3)))).toBeLessThan(error * Math.sqrt(15));
    expect(Math.abs(mean(values.map((v) => v ** 4)) - 3)).toBeLessThan(error * Math.sqrt(96));
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(error);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test('integer: both ends included, all equally likely', () => {
    const source = random(3);
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const value = source.integer(-2, 3);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const count of counts.values())
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (5 / 36)));
  });
});

describe('shuffle', () => {
  test('gives a permutation, in place, of arrays and typed arrays', () => {
    const values = Uint32Array.from({ length: 100 }, (_, i) => i);
    expect(random(1).shuffle(values)).toBe(values);
    expect([...values]).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...values].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(random(1).shuffle([])).toEqual([]);
    expect(random(1).shuffle(['one'])).toEqual(['one']);
  });

  test('all orders are equally likely', () => {
    const source = random(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = source.shuffle(['a', 'b', 'c', 'd']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

function correlation(a: number[], b: number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, i) => (value - meanA) * (b[i] - meanB))) / Math.sqrt(variance(a) * variance(b));
}
