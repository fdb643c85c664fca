import { expect } from 'vitest';

/**
 * Compares two arrays of numbers: the largest difference, relative to the largest expected entry (at least `floor`).
 * A failure names the worst place, what was there and what was expected.
 */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  label: string,
  floor = 1e-6,
): void {
  expect(got.length, `${label}: number of entries`).toBe(expected.length);
  let [worst, error, largest] = [0, 0, floor];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    const difference = Number.isFinite(got[i]) ? Math.abs(got[i] - expected[i]) : Infinity;
    if (difference > error) [worst, error] = [i, difference];
  }
  expect(
    error / largest,
    `${label}: worst at [${worst}], got ${got[worst]}, expected ${expected[worst]}, largest ${largest}`,
  ).toBeLessThanOrEqual(tolerance);
}
