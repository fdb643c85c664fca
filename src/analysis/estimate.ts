import type { Random } from '../random.js';
import { studentT } from '../student-t.js';

/**
 * How an interval was found: Student's t up to ten values, the bootstrap of more; none of a single value, and one
 * without width where all values are the same.
 */
export type IntervalMethod = 't' | 'bootstrap' | 'none: one value' | 'identical values';

/** Mean of a sample, its standard deviation (n - 1 in the denominator; null for one value), and an interval. */
export interface Estimate {
  n: number;
  mean: number;
  sd: number | null;
  /** Ends of the interval of the mean; null for one value, which says nothing of others. */
  low: number | null;
  high: number | null;
  method: IntervalMethod;
}

/** Values up to which the bootstrap is too narrow: of five, 95 % asked for cover about 83 %. */
const FEW = 10;
const RESAMPLES = 10_000;

/**
 * Interval of a mean. Up to ten values mean +- t s / sqrt(n), which holds where they are about normal; of more the
 * percentile bootstrap of the mean. Neither is cut to a range: that of an accuracy may pass 100 %.
 * @param values      at least one
 * @param confidence  in (0, 1), such as 0.95
 * @param random      draws the resamples
 * @param size        of the numbers that the values were made from, where they are differences: spread that is their
 *                    rounding is none. Default the largest value's
 * Source: Student, The probable error of a mean, Biometrika 6 (1908); Efron and Tibshirani, An Introduction to the
 * Bootstrap (1993), chapter 13.
 */
export function estimate(
  values: readonly number[],
  confidence: number,
  random: Random,
  size: number = Math.max(...values.map(Math.abs)),
): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, sd: null, low: null, high: null, method: 'none: one value' };
  if (Math.max(...values) - Math.min(...values) <= 4 * Number.EPSILON * size) {
    const [value] = values;
    return { n, mean: value, sd: 0, low: value, high: value, method: 'identical values' };
  }
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const tail = (1 - confidence) / 2;
  if (n <= FEW) {
    const reach = (studentT(1 - tail, n - 1) * sd) / Math.sqrt(n);
    return { n, mean, sd, low: mean - reach, high: mean + reach, method: 't' };
  }
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.integer(0, n - 1)];
    return sum / n;
  }).sort();
  const at = (share: number): number => means[Math.round(share * (RESAMPLES - 1))];
  return { n, mean, sd, low: at(tail), high: at(1 - tail), method: 'bootstrap' };
}

/** An interval's method and number of values in words: `95 % t interval of 5 values`. */
export function intervalText({ n, method }: Pick<Estimate, 'n' | 'method'>, confidence: number): string {
  if (method === 'none: one value') return 'no interval of one value';
  if (method === 'identical values') return `${n} identical values`;
  return `${Number((100 * confidence).toPrecision(6))} % ${method} interval of ${n} values`;
}
