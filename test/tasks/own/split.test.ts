import { describe, expect, it } from 'vitest';
import { splitExamples } from '../../../src/tasks/own/split.js';

const shares = { validation: 0.2, test: 0.1, seed: 1, stratify: true };
/** 60 examples of class 0, 30 of class 1, 10 of class 2, mixed. */
const classes = Int32Array.from({ length: 100 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2));
const counts = (examples: Uint32Array) =>
  [0, 1, 2].map((wanted) => examples.filter((example) => classes[example] === wanted).length);

describe('dividing examples', () => {
  it('puts each into one set, in the shares asked for', () => {
    const { train, validation, test } = splitExamples(classes, shares);
    expect([train.length, validation.length, test.length]).toEqual([70, 20, 10]);
    const all = [...train, ...validation, ...test].sort((a, b) => a - b);
    expect(all).toEqual([...classes.keys()]);
    expect([...test]).toEqual([...test].sort((a, b) => a - b));
  });

  it('gives every set its share of each class, to within one', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { train, validation, test } = splitExamples(classes, { ...shares, seed });
      for (const [examples, share] of [
        [train, 0.7],
        [validation, 0.2],
        [test, 0.1],
      ] as const) {
        counts(examples).forEach((count, i) => {
          expect(Math.abs(count - share * [60, 30, 10][i])).toBeLessThanOrEqual(1);
        });
      }
    }
  });

  it('is the same for a seed, another for another; without strata it need not be even', () => {
    expect(splitExamples(classes, shares)).toEqual(splitExamples(classes, shares));
    expect(splitExamples(classes, shares)).not.toEqual(splitExamples(classes, { ...shares, seed: 2 }));
    const uneven = Array.from({ length: 20 }, (_, seed) =>
      counts(splitExamples(classes, { ...shares, seed, stratify: false }).test),
    );
    expect(uneven.some(([first]) => Math.abs(first - 6) > 1)).toBe(true);
  });

  it('leaves sets that are given', () => {
    const fixed = [...classes.keys()].map((i) => (i < 50 ? ('validation' as const) : undefined));
    const { train, validation, test } = splitExamples(classes, { ...shares, validation: 0, test: 0 }, fixed);
    expect([train.length, validation.length, test.length]).toEqual([50, 50, 0]);
    expect(train[0]).toBe(50);
  });
});
