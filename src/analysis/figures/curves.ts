import { withDefaults } from '../../options.js';
import { type Figure, figure } from './figure.js';
import type { Axis, ScatterTrace } from './spec.js';
import { axis, bandColour, colourOrder, logTicks } from './theme.js';

/**
 * One curve; `low` and `high` are the edges of its band, null where there is none. What the band is, such as the range
 * of the seeds or an interval that `compare` found, is for the subtitle to say.
 */
export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
  /** Default: colours in their fixed order. */
  readonly color?: string;
  readonly dash?: 'solid' | 'dash' | 'dot';
}

/** What an axis shows. */
export interface CurveAxis {
  readonly quantity: string;
  /** '' only for a plain number. */
  readonly unit: string;
  readonly log?: boolean;
  readonly range?: readonly [number, number];
  /** Ticks at these values alone. */
  readonly ticks?: readonly number[];
  /** Starts at 0. */
  readonly fromZero?: boolean;
}

export interface CurvesInput {
  readonly title: string;
  readonly subtitle?: string;
  readonly x: CurveAxis;
  readonly y: CurveAxis;
  readonly curves: readonly Curve[];
  /** A marker at every point: for few, measured points. Default true up to 40 points. */
  readonly markers?: boolean;
  /** What the figure shows, in one line, for readers without pictures. */
  readonly text: string;
}

/**
 * Curves over one axis, with bands where `low` and `high` are given.
 * @throws RangeError  `curves: "SDN" has 4 values of x and 3 of y`; for no curve, or a logarithm of a value <= 0
 */
export function curves(input: CurvesInput): Figure {
  const {
    title,
    subtitle,
    x,
    y,
    curves: all,
    markers,
    text,
  } = withDefaults<Required<CurvesInput>>('curves', input, {
    title: '',
    subtitle: '',
    x: { quantity: '', unit: '' },
    y: { quantity: '', unit: '' },
    curves: [],
    markers: Math.max(0, ...(input.curves ?? []).map((curve) => curve.x.length)) <= 40,
    text: '',
  });
  if (all.length === 0) throw new RangeError('curves: there must be at least one curve, got none');
  for (const curve of all) check(curve, x.log === true, y.log === true);
  const traces = all.flatMap((curve, i): ScatterTrace[] => {
    const color = curve.color ?? colourOrder[i % colourOrder.length];
    return [...band(curve, color), line(curve, color, markers)];
  });
  return figure(
    traces,
    {
      title: { text: title, ...(subtitle !== '' && { subtitle: { text: subtitle } }) },
      margin: { l: 72, r: 168, t: subtitle === '' ? 56 : 76, b: 56 },
      xaxis: axisOf(
        x,
        all.flatMap((curve) => curve.x),
      ),
      yaxis: axisOf(y, all.flatMap((curve) => [...curve.y, ...(curve.low ?? [])]).filter(known)),
      // Beside the plot, where any number of names fits without covering a curve.
      legend: { orientation: 'v', x: 1.02, xanchor: 'left', y: 1, yanchor: 'top' },
      showlegend: all.length > 1 || all[0].low !== undefined,
    },
    text,
  );
}

function line({ name, x, y, dash }: Curve, color: string, markers: boolean): ScatterTrace {
  return {
    type: 'scatter',
    mode: markers ? 'lines+markers' : 'lines',
    name,
    x: [...x],
    y: [...y],
    line: { color, width: 2, ...(dash && { dash }) },
    marker: { color, size: 7 },
    connectgaps: false,
  };
}

/** The area between the edges, walked there and back; points without an interval are left out. */
function band({ name, x, low, high }: Curve, color: string): ScatterTrace[] {
  if (!low || !high) return [];
  const there = x.map((_, i) => i).filter((i) => known(low[i]) && known(high[i]));
  if (there.length === 0) return [];
  const back = [...there].reverse();
  return [
    {
      type: 'scatter',
      mode: 'lines',
      name: `${name}, band`,
      x: [...there.map((i) => x[i]), ...back.map((i) => x[i])],
      y: [...there.map((i) => high[i]), ...back.map((i) => low[i])],
      fill: 'toself',
      fillcolor: bandColour(color),
      line: { color: 'rgba(0,0,0,0)', width: 0 },
      hoverinfo: 'skip',
      showlegend: false,
    },
  ];
}

function axisOf({ quantity, unit, log, range, ticks, fromZero }: CurveAxis, values: readonly number[]): Axis {
  const ends = range && ([...range] as [number, number]);
  return axis(quantity, unit, {
    ...(log && { type: 'log' as const, ...logTicks(values) }),
    ...(ends && { range: log ? (ends.map(Math.log10) as [number, number]) : ends }),
    ...(fromZero && { rangemode: 'tozero' as const }),
    ...(ticks && { tickmode: 'array' as const, tickvals: [...ticks], ticktext: ticks.map(String) }),
  });
}

function check({ name, x, y, low, high }: Curve, logX: boolean, logY: boolean): void {
  for (const [what, values] of Object.entries({ y, low, high })) {
    if (values && values.length !== x.length) {
      throw new RangeError(`curves: "${name}" has ${x.length} values of x and ${values.length} of ${what}`);
    }
  }
  const bad = [...(logX ? x : []), ...(logY ? [...y, ...(low ?? [])] : [])].find(
    (value) => known(value) && value <= 0,
  );
  if (bad !== undefined) {
    throw new RangeError(
      `curves: "${name}" has the value ${bad} on a log axis, which shows positive ones only`,
    );
  }
}

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
