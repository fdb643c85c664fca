import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/analysis/bootstrap.js';
import { compare } from '../../src/analysis/compare.js';
import { random } from '../../src/random.js';

const runs = [
  ...[0.9, 0.92, 0.94].map((value, i) => ({ group: 'fixed', seed: i, value })),
  ...[0.91, 0.93, 0.95].map((value, i) => ({ group: 'learnable', seed: i, value })),
];

describe('compare', () => {
  it('gives mean, standard deviation, interval, and the difference paired by seed', () => {
    const [fixed, learnable] = compare(runs).objects() as Record<string, number>[];
    expect(fixed).toMatchObject({ group: 'fixed', seeds: 3, diff: null, diff_low: null });
    expect(fixed.mean).toBeCloseTo(0.92, 12);
    expect(fixed.sd).toBeCloseTo(0.02, 12);
    expect(fixed.low).toBeGreaterThanOrEqual(0.9);
    expect(fixed.low).toBeLessThan(0.92);
    expect(fixed.high).toBeGreaterThan(0.92);
    // The seeds differ by far more than the groups; paired, the difference is 0.01 every time.
    expect(learnable.diff).toBeCloseTo(0.01, 12);
    expect(learnable.diff_low).toBeCloseTo(0.01, 12);
    expect(learnable.diff_high).toBeCloseTo(0.01, 12);
  });

  it('pairs by seed, whatever the order, and leaves out seeds that one group lacks', () => {
    const shuffled = [runs[5], runs[2], runs[0], runs[3]];
    const table = compare(shuffled, { baseline: 'fixed' });
    expect(table.array('group')).toEqual(['learnable', 'fixed']);
    expect(table.get('diff', 0)).toBeCloseTo(0.01, 12);
  });

  it('has no interval of one seed', () => {
    expect(compare([runs[0]]).object()).toMatchObject({
      seeds: 1,
      mean: 0.9,
      sd: null,
      low: null,
      high: null,
    });
  });

  it('gives the same numbers for the same seed', () => {
    expect(compare(runs).objects()).toEqual(compare(runs).objects());
    expect(compare(runs, { seed: 1 }).get('low', 0)).toBeTypeOf('number');
  });

  it.each([
    [[], {}, 'compare: there must be at least one run, got none'],
    [runs, { baseline: 'none' }, 'compare: no run of the baseline "none" (groups: fixed, learnable)'],
    [[...runs, runs[0]], {}, 'compare: group "fixed" has seed 0 twice'],
    [
      [{ group: 'a', seed: 1, value: Number.NaN }],
      {},
      'compare: value must be finite, got NaN (group "a", seed 1)',
    ],
    [[runs[0], runs[4]], {}, 'compare: groups "learnable" and "fixed" have no seed in common'],
    [runs, { confidence: 95 }, 'compare: confidence must be in (0, 1), got 95'],
  ])('names what is wrong (%#)', (given, options, message) => {
    expect(() => compare(given, options)).toThrow(message);
  });
});

describe('estimate', () => {
  it('covers the true mean about as often as its docstring says', () => {
    const source = random(1);
    const trials = 400;
    let covered = 0;
    for (let i = 0; i < trials; i++) {
      const { low, high } = estimate(
        Array.from({ length: 5 }, () => source.normal()),
        0.95,
        source,
      );
      if (low! <= 0 && 0 <= high!) covered++;
    }
    // 83 % of 400, within four standard deviations of that share.
    expect(Math.abs(covered / trials - 0.83)).toBeLessThan(4 * Math.sqrt((0.83 * 0.17) / trials));
  });
});
