/** One time series of an archive's file. */
export interface TimeSeries {
  /** float64 by channel, one number a step; NaN where the file has none. */
  channels: Float64Array[];
  /** Name of its class; undefined where the file says none. */
  label?: string;
  /** In the file, counted from 1. */
  line: number;
}

export interface TimeSeriesFile {
  series: TimeSeries[];
  /** Names of the classes in the order in which the file's head lists them, where it does. */
  classes?: string[];
  /** Whether the labels are numbers to be learnt. */
  real?: boolean;
}

/**
 * The numbers of one channel; `?` and `NaN` are missing ones.
 * @param where  file and line, for the message
 * @throws RangeError  `readTimeSeries: a.ts, line 9: expected a number or ?, got "x" at step 3`
 */
export function numbersOf(where: string, cells: readonly string[]): Float64Array {
  return Float64Array.from(cells, (cell, step) => {
    const text = cell.trim();
    if (text === '?' || /^nan$/i.test(text)) return Number.NaN;
    const value = text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(Math.fround(value))) return value;
    throw new RangeError(`${where}: expected a number or ?, got ${JSON.stringify(cell)} at step ${step}`);
  });
}

/** Without the missing values at the end, which stand there where a format has no other way to say that a series is shorter. */
export function ended(channels: readonly Float64Array[]): Float64Array[] {
  let length = channels[0].length;
  while (length > 0 && channels.every((channel) => Number.isNaN(channel[length - 1]))) length--;
  return channels.map((channel) => channel.subarray(0, length));
}

/** A class as the file names it; undefined for `?`. */
export function labelOf(text: string): string | undefined {
  const label = text.trim();
  return label === '?' || label === '' ? undefined : label;
}
