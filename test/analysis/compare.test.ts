import { describe, expect, it } from 'vitest';
import { compare } from '../../src/analysis/compare.js';
import { estimate, intervalText } from '../../src/analysis/estimate.js';
import { random } from '../../src/random.js';
import { studentT } from '../../src/student-t.js';

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
    // t with 2 degrees of freedom is 4.302653: 0.92 +- 4.302653 * 0.02 / sqrt(3), far wider than the range of the three.
    expect(fixed.low).toBeCloseTo(0.8703172, 7);
    expect(fixed.high).toBeCloseTo(0.9696828, 7);
    expect(fixed.interval).toBe('t');
    // The seeds differ by far more than the groups; paired, the difference is 0.01 every time, but for its rounding.
    expect(learnable).toMatchObject({ pairs: 3, diff_interval: 'identical values' });
    expect(learnable.diff).toBeCloseTo(0.01, 12);
    expect(learnable.diff_low).toBe(learnable.diff);
    expect(learnable.diff_high).toBe(learnable.diff);
  });

  it('finds the t interval of differences paired by seed', () => {
    const values = { a: [10, 20, 30, 40], b: [11, 22, 33, 46] };
    const given = Object.entries(values).flatMap(([group, own]) =>
      own.map((value, seed) => ({ group, seed, value })),
    );
    // Differences 1, 2, 3, 6: mean 3, s = sqrt(14 / 3), t with 3 degrees of freedom 3.182446.
    const row = compare(given).objects()[1] as Record<string, unknown>;
    expect(row).toMatchObject({ diff: 3, pairs: 4, diff_interval: 't' });
    expect(row.diff_low).toBeCloseTo(3 - (3.1824463053 * Math.sqrt(14 / 3)) / 2, 7);
    expect(row.diff_high).toBeCloseTo(3 + (3.1824463053 * Math.sqrt(14 / 3)) / 2, 7);
    // At 90 %: t 2.353363.
    expect(compare(given, { confidence: 0.9 }).get('diff_low', 1)).toBeCloseTo(
      3 - (2.3533634348 * Math.sqrt(14 / 3)) / 2,
      7,
    );
  });

  it('takes t up to ten values and the bootstrap of more, each difference by its own pairs', () => {
    const given = [
      ...Array.from({ length: 12 }, (_, seed) => ({ group: 'many', seed, value: seed % 5 })),
      ...Array.from({ length: 10 }, (_, seed) => ({ group: 'ten', seed, value: (seed * 3) % 7 })),
      ...Array.from({ length: 11 }, (_, seed) => ({ group: 'eleven', seed, value: (seed * 3) % 7 })),
      { group: 'one pair', seed: 3, value: 9 },
    ];
    const table = compare(given);
    expect(table.array('seeds')).toEqual([12, 10, 11, 1]);
    expect(table.array('interval')).toEqual(['bootstrap', 't', 'bootstrap', 'none: one value']);
    expect(table.array('pairs')).toEqual([null, 10, 11, 1]);
    expect(table.array('diff_interval')).toEqual([null, 't', 'bootstrap', 'none: one value']);
    expect(table.get('diff', 3)).toBe(6);
    expect(table.get('diff_low', 3)).toBeNull();
  });

  it.each([3, 12])('has an interval without width of %i values that are all the same', (count) => {
    const same = Array.from({ length: count }, (_, seed) => ({ group: 'a', seed, value: 0.1 }));
    expect(compare(same).object()).toMatchObject({
      mean: 0.1,
      sd: 0,
      low: 0.1,
      high: 0.1,
      interval: 'identical values',
    });
    // Values that differ are never called the same, however little they do.
    same[1].value = 0.1000000000001;
    expect(compare(same).object()).not.toMatchObject({ interval: 'identical values' });
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
      interval: 'none: one value',
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
  it.each([
    [3, 0.95],
    [5, 0.95],
    [5, 0.8],
    [10, 0.95],
  ])('covers the true mean of normal values as often as it says (%i values, %f)', (n, confidence) => {
    const source = random(1);
    const trials = 4000;
    let covered = 0;
    for (let i = 0; i < trials; i++) {
      const values = Array.from({ length: n }, () => source.normal());
      const { low, high } = estimate(values, confidence, source);
      if (low! <= 0 && 0 <= high!) covered++;
    }
    const spread = Math.sqrt((confidence * (1 - confidence)) / trials);
    expect(Math.abs(covered / trials - confidence)).toBeLessThan(4 * spread);
  });

  it('is told in words', () => {
    expect(intervalText({ n: 3, method: 't' }, 0.95)).toBe('95 % t interval of 3 values');
    expect(intervalText({ n: 12, method: 'bootstrap' }, 0.999)).toBe(
      '99.9 % bootstrap interval of 12 values',
    );
    expect(intervalText({ n: 1, method: 'none: one value' }, 0.95)).toBe('no interval of one value');
    expect(intervalText({ n: 5, method: 'identical values' }, 0.95)).toBe('5 identical values');
  });
});

describe('studentT', () => {
  // NIST/SEMATECH e-Handbook, 1.3.6.7.2, with more digits.
  it.each([
    [0.975, 1, 12.7062047362],
    [0.975, 2, 4.3026527297],
    [0.975, 4, 2.7764451052],
    [0.975, 9, 2.2621571628],
    [0.995, 1, 63.6567411629],
    [0.995, 9, 3.2498355416],
    [0.9, 5, 1.475884049],
  ])('gives the %f point of %i degrees of freedom', (share, freedom, value) => {
    expect(Math.abs(studentT(share, freedom) / value - 1)).toBeLessThan(1e-8);
  });
});
