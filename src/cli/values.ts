import { InvalidArgumentError } from 'commander';

/** What the words of a command line may say: one home for the checks of every flag. */

/** A whole number in [low, high]. */
export function wholeNumber(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

export const count: (text: string) => number = wholeNumber(1);
export const seed: (text: string) => number = wholeNumber(0);
/** As many as a backend takes. */
export const threads: (text: string) => number = wholeNumber(1, 1024);

/** A number in [low, high], or in (low, high) where the ends are none. */
export function numberIn(low: number, high: number, ends = true): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (ends ? value >= low && value <= high : value > low && value < high) return value;
    const [from, to] = ends ? ['[', ']'] : ['(', ')'];
    const range =
      high === Number.MAX_VALUE
        ? ends
          ? `of at least ${low}`
          : `above ${low}`
        : `in ${from}${low}, ${high}${to}`;
    throw new InvalidArgumentError(`It must be a number ${range}.`);
  };
}

export const share: (text: string) => number = numberIn(0, 1);
/** Seconds or another amount, 0 too. */
export const amount: (text: string) => number = numberIn(0, Number.MAX_VALUE);
/** Above 0. */
export const positive: (text: string) => number = numberIn(0, Number.MAX_VALUE, false);

/** Decimal digits only: "", "0x10" and " 7" are slips of the hand. */
function numberOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
