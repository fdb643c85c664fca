import { expect, test } from 'vitest';
import { countRight } from '../../src/layers/adaptive-accuracy.js';
import { vocabularyParts } from '../../src/layers/vocabulary-parts.js';
import { random } from '../../src/random.js';

/** Log probabilities of every token of a row, by the definition. */
function all(first: number[], tails: number[][]): number[] {
  const log = (logits: number[]): number[] => {
    const sum = Math.log(logits.reduce((total, one) => total + Math.exp(one), 0));
    return logits.map((one) => one - sum);
  };
  const shortlist = log(first);
  const words = first.length - tails.length;
  return [
    ...shortlist.slice(0, words),
    ...tails.flatMap((tail, i) => log(tail).map((one) => one + shortlist[words + tails.length - 1 - i])),
  ];
}

// From parts whose entry never counts to parts that nearly always do.
test.each([-3, 0, 1, 3])('counts what the whole distribution says, entries raised by %i', (raised) => {
  const parts = vocabularyParts(15, 8, { cutoffs: [4, 9], divide: 2 });
  const source = random(raised + 10);
  const rows = 400;
  const row = (n: number): number[] => Array.from({ length: n }, () => 2 * source.normal());
  const first = Array.from({ length: rows }, () => [...row(4), ...row(2).map((one) => one + raised)]);
  const tails = Array.from({ length: rows }, () => [row(5), row(6)]);
  const said = first.map((one, r) => {
    const probabilities = all(one, tails[r]);
    return probabilities.indexOf(Math.max(...probabilities));
  });
  // Half of the labels are right; the others are mostly near misses.
  const labels = Int32Array.from(said, (token, r) => (r % 2 === 0 ? token : (token + (r % 13)) % 15));
  const expected = said.filter((token, r) => token === labels[r]).length;
  const asked: number[] = [];
  const right = countRight({
    labels,
    parts,
    shortlist: Float32Array.from(first.flat()),
    entry: (part) => 4 + 2 - part,
    logits: (part, some) => {
      asked.push(some.length);
      return Float32Array.from([...some].flatMap((r) => tails[r][part - 1]));
    },
  });
  expect(right).toBe(expected);
  expect(Math.max(0, ...asked)).toBeLessThanOrEqual(64);
  expect(new Set(said.map((token) => parts.findIndex(({ from, words }) => token < from + words))).size).toBe(
    3,
  );
});

test('the first of equal tokens of the shortlist counts, and no label is right among numbers that are none', () => {
  const parts = vocabularyParts(3, 4, { cutoffs: [2], divide: 2 });
  const given = (shortlist: number[], label: number): number =>
    countRight({
      labels: Int32Array.of(label),
      parts,
      shortlist: Float32Array.from(shortlist),
      entry: () => 2,
      logits: () => Float32Array.of(0),
    });
  expect(given([1, 1, 0], 0)).toBe(1);
  expect(given([1, 1, 0], 1)).toBe(0);
  expect(given([1, 0, 2], 2)).toBe(1);
  expect(given([1, 0, 2], 0)).toBe(0);
  expect(given([NaN, NaN, NaN], 1)).toBe(0);
});
