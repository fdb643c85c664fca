/** How many examples of each split to use: the set's first, or all. */
export interface SplitCounts {
  trainExamples?: number;
  validationExamples?: number;
  testExamples?: number;
}

type Split = 'train' | 'validation' | 'test';

/**
 * The counts by split.
 * @param sizes  examples of each split, default and upper bound, where they are known
 * @throws RangeError  `listops: testExamples must be a whole number from 1 to 2000, got 0`
 */
export function checkCounts(
  where: string,
  { trainExamples, validationExamples, testExamples }: SplitCounts,
  sizes: Partial<Record<Split, number>> = {},
): Partial<Record<Split, number>> {
  const given = { train: trainExamples, validation: validationExamples, test: testExamples };
  const counts: Partial<Record<Split, number>> = {};
  for (const [split, count] of Object.entries(given) as [Split, number | undefined][]) {
    const most = sizes[split] ?? Number.MAX_SAFE_INTEGER;
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 1 && count <= most)) {
      const range = sizes[split] === undefined ? 'of at least 1' : `from 1 to ${most}`;
      throw new RangeError(`${where}: ${split}Examples must be a whole number ${range}, got ${count}`);
    }
    counts[split] = count ?? sizes[split];
  }
  return counts;
}
