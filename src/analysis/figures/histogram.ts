import { withDefaults } from '../../options.js';
import { type CurrentRecord, ownValues, type SpikeRecord } from '../records.js';
import type { CurveAxis } from './curves.js';
import { type Figure, figure } from './figure.js';
import type { ScatterTrace } from './spec.js';
import { axis, bandColour, colourOrder } from './theme.js';

export interface HistogramInput {
  readonly title: string;
  readonly subtitle?: string;
  readonly x: Pick<CurveAxis, 'quantity' | 'unit'>;
  /** Of a report's records, such as its currents, what lies behind a sequence's end is left out. */
  readonly series: readonly {
    readonly name: string;
    readonly values: ArrayLike<number> | CurrentRecord | SpikeRecord;
  }[];
  /** First and last edge; values outside are counted in the outermost bins. Default: those of the values. */
  readonly range?: readonly [number, number];
  /** Default 60. */
  readonly bins?: number;
  /** Shares on a logarithmic axis, where rare values matter. Default false. */
  readonly log?: boolean;
  readonly text: string;
}

/**
 * Share of values in each of many bins of one width, as steps: several distributions on one axis.
 * @throws RangeError  for no series, a series without values, or values that are not finite
 */
export function histogram(input: HistogramInput): Figure {
  const {
    title,
    subtitle,
    x,
    series: given,
    range,
    bins,
    log,
    text,
  } = withDefaults<Required<Omit<HistogramInput, 'range'>> & Pick<HistogramInput, 'range'>>(
    'histogram',
    input,
    {
      title: '',
      subtitle: '',
      x: { quantity: '', unit: '' },
      series: [],
      range: undefined,
      bins: 60,
      log: false,
      text: '',
    },
  );
  const series = given.map(({ name, values }) => ({
    name,
    values: 'lengths' in values ? ownValues<CurrentRecord['values'] | SpikeRecord['values']>(values) : values,
  }));
  const ends = series.map(({ name, values }) => endsOf(name, values));
  if (ends.length === 0) throw new RangeError('histogram: there must be at least one series, got none');
  const [low, high] = range ?? [Math.min(...ends.map(([a]) => a)), Math.max(...ends.map(([, b]) => b))];
  // A single value still needs a bin of some width.
  const width = (high > low ? high - low : 1) / bins;
  return figure(
    series.map(({ name, values }, i) => steps(name, sharesOf(values, low, width, bins), low, width, i, log)),
    {
      title: { text: title, ...(subtitle !== '' && { subtitle: { text: subtitle } }) },
      margin: { l: 72, r: 24, t: subtitle === '' ? 64 : 84, b: 56 },
      xaxis: axis(x.quantity, x.unit),
      yaxis: axis('Share of values in a bin', '%', log ? { type: 'log', dtick: 1 } : { rangemode: 'tozero' }),
      showlegend: series.length > 1,
    },
    text,
  );
}

function endsOf(name: string, values: ArrayLike<number>): [number, number] {
  if (values.length === 0) throw new RangeError(`histogram: "${name}" has no values`);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new RangeError(`histogram: "${name}" must hold finite values, got ${values[i]} at ${i}`);
    }
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}

/** Per cent of the values in each bin. */
function sharesOf(values: ArrayLike<number>, low: number, width: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i] - low) / width);
    counts[Math.max(0, Math.min(bins - 1, bin))]++;
  }
  return counts.map((count) => (100 * count) / values.length);
}

function steps(
  name: string,
  shares: number[],
  low: number,
  width: number,
  i: number,
  log: boolean,
): ScatterTrace {
  const color = colourOrder[i % colourOrder.length];
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    x: shares.map((_, bin) => low + (bin + 0.5) * width),
    // A logarithm has no zero: an empty bin is a gap.
    y: shares.map((share) => (log && share === 0 ? null : share)),
    line: { color, width: 1.5, shape: 'hvh' },
    ...(!log && { fill: 'tozeroy' as const, fillcolor: bandColour(color) }),
  };
}
