import { withDefaults } from '../../options.js';
import type { CurveAxis } from './curves.js';
import { type Figure, figure } from './figure.js';
import { axis, colourOrder, logTicks } from './theme.js';

export interface BarsInput {
  readonly title: string;
  readonly subtitle?: string;
  /** What the groups are. */
  readonly x: Pick<CurveAxis, 'quantity'>;
  readonly y: Pick<CurveAxis, 'quantity' | 'unit' | 'log'>;
  readonly groups: readonly string[];
  /** One bar a group; null: no bar. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly text: string;
}

/**
 * Bars in groups, each with its value written above it.
 * @throws RangeError  where a series has not one value a group, or a value <= 0 is to stand on a log axis
 */
export function bars(input: BarsInput): Figure {
  const { title, subtitle, x, y, groups, series, text } = withDefaults<Required<BarsInput>>('bars', input, {
    title: '',
    subtitle: '',
    x: { quantity: '' },
    y: { quantity: '', unit: '' },
    groups: [],
    series: [],
    text: '',
  });
  for (const { name, values } of series) {
    if (values.length !== groups.length) {
      throw new RangeError(`bars: "${name}" has ${values.length} values for ${groups.length} groups`);
    }
    const bad = values.find((value) => value !== null && !(y.log ? value > 0 : Number.isFinite(value)));
    if (bad !== undefined)
      throw new RangeError(`bars: "${name}" has the value ${bad}, which cannot be drawn`);
  }
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (all.length === 0) throw new RangeError('bars: there must be at least one value, got none');
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return figure(
    series.map(({ name, values }, i) => ({
      type: 'bar',
      name,
      x: [...groups],
      y: [...values],
      text: values.map((value) => (value === null ? '' : digits(value))),
      textposition: 'outside',
      cliponaxis: false,
      marker: { color: colourOrder[i % colourOrder.length] },
    })),
    {
      title: { text: title, ...(subtitle !== '' && { subtitle: { text: subtitle } }) },
      margin: { l: 72, r: 24, t: subtitle === '' ? 72 : 92, b: 56 },
      xaxis: axis(x.quantity, '', { type: 'category', showgrid: false }),
      yaxis: axis(y.quantity, y.unit, {
        ...(y.log
          ? {
              type: 'log',
              ...logTicks([least / 2, 2 * most]),
              range: [Math.floor(Math.log10(least)) - 0.2, Math.log10(most) + 0.5],
            }
          : { range: [Math.min(0, 1.15 * least), 1.15 * Math.max(0, most)] }),
      }),
      barmode: 'group',
      bargap: 0.3,
      showlegend: series.length > 1,
    },
    text,
  );
}

/** Three digits: 12.3, 0.0456. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
