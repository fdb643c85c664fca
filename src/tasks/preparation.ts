/**
 * How raw inputs became a task's: plain data, kept with each run, so that new inputs are prepared just as those the
 * model was trained on. Only what applies is there.
 */
export interface Preparation {
  /** How a file is read: the maker's name and those of its options that say how, defaults filled in. */
  readonly reader?: { readonly maker: string; readonly options: Readonly<Record<string, unknown>> };
  /** What is subtracted from each channel of real inputs, and what it is then divided by. */
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
  /** The same for the numbers to be learnt, where `targets` are real: what a model says times the deviation, plus the mean. */
  readonly targets?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
  /** The tokens in the order of their numbers. */
  readonly vocabulary?: readonly string[];
}

/**
 * Values less the mean and divided by the deviation of their channel, where there are some.
 * @param values  row-major [L, channels]
 * @throws RangeError  for another number of channels
 */
export function standardised(
  where: string,
  values: Float32Array,
  channels: number,
  { mean, deviation }: Preparation,
): Float32Array {
  if (!mean || !deviation) return values;
  if (mean.length !== channels || deviation.length !== channels) {
    throw new RangeError(
      `${where}: mean and deviation must be those of ${channels} channels, got ${mean.length} and ${deviation.length}`,
    );
  }
  return values.map((value, i) => (value - mean[i % channels]) / deviation[i % channels]);
}
