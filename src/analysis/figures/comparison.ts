import { withDefaults } from '../../options.js';
import { type ComparedRun, compare } from '../compare.js';
import { type IntervalMethod, intervalText } from '../estimate.js';
import { type Figure, figure } from './figure.js';
import type { Annotation, Layout, ScatterTrace, XAxisName, YAxisName } from './spec.js';
import { axis, colourOrder } from './theme.js';

export interface ComparisonPanel {
  readonly quantity: string;
  /** '' only for a plain number. */
  readonly unit: string;
  readonly runs: readonly ComparedRun[];
  /** Digits after the point of the mean that is written beside it. Default 1. */
  readonly digits?: number;
}

export interface ComparisonInput {
  readonly title: string;
  /** Goes before what dots and intervals are. */
  readonly subtitle?: string;
  /** One to three quantities, of the same groups. */
  readonly panels: readonly ComparisonPanel[];
  readonly text: string;
}

/** A group's estimate of one quantity, and the single values behind it. */
interface Group {
  name: string;
  values: number[];
  mean: number;
  low: number | null;
  high: number | null;
  method: IntervalMethod;
}

const CONFIDENCE = 0.95;

/**
 * Groups side by side, one panel a quantity: every seed as a small dot, the mean with its 95 % interval (as `compare`
 * has it) as a diamond. The subtitle says how the intervals were found, and of how many values.
 * @throws RangeError  for no panel or more than three, panels of different groups, and as `compare`
 */
export function comparison(input: ComparisonInput): Figure {
  const { title, subtitle, panels, text } = withDefaults<Required<ComparisonInput>>('comparison', input, {
    title: '',
    subtitle: '',
    panels: [],
    text: '',
  });
  if (panels.length < 1 || panels.length > 3) {
    throw new RangeError(`comparison: there must be one to three panels, got ${panels.length}`);
  }
  const groups = panels.map(({ runs }) => groupsOf(runs));
  const names = groups[0].map(({ name }) => name);
  if (groups.some((own) => own.map(({ name }) => name).join() !== names.join())) {
    throw new RangeError('comparison: all panels must show the same groups in the same order');
  }
  const intervals = new Set(
    groups.flat().map(({ values, method }) => intervalText({ n: values.length, method }, CONFIDENCE)),
  );
  const legend = `dots: seeds; diamonds: mean, ${[...intervals].join(', ')}`;
  const axes = panels.map((panel, i) => axesOf(panel, i, panels.length, names));
  return figure(
    groups.flatMap((own, i) => own.flatMap((group, g) => traces(group, g, i))),
    {
      title: { text: title, subtitle: { text: subtitle === '' ? legend : `${subtitle}; ${legend}` } },
      margin: { l: 64, r: 24, t: 76, b: 72 },
      ...(Object.assign({}, ...axes) as PanelAxes),
      annotations: panels.flatMap((panel, i) => groups[i].map((group, g) => label(panel, group, g, i))),
      showlegend: false,
    },
    text,
  );
}

function groupsOf(runs: readonly ComparedRun[]): Group[] {
  const rows = compare(runs, { confidence: CONFIDENCE }).objects() as {
    group: string | number;
    mean: number;
    low: number | null;
    high: number | null;
    interval: IntervalMethod;
  }[];
  return rows.map(({ group, mean, low, high, interval }) => ({
    name: String(group),
    values: runs.filter((run) => run.group === group).map(({ value }) => value),
    mean,
    low,
    high,
    method: interval,
  }));
}

function traces({ name, values, mean, low, high }: Group, g: number, panel: number): ScatterTrace[] {
  const color = colourOrder[g % colourOrder.length];
  const place = { xaxis: xName(panel), yaxis: yName(panel) };
  const spread = (i: number): number => g - 0.18 + 0.12 * ((i + 0.5) / values.length - 0.5);
  return [
    {
      type: 'scatter',
      mode: 'markers',
      name,
      x: values.map((_, i) => spread(i)),
      y: [...values],
      marker: { color, size: 6, opacity: 0.55 },
      ...place,
    },
    {
      type: 'scatter',
      mode: 'markers',
      name: `${name}, mean`,
      x: [g],
      y: [mean],
      marker: { color, size: 11, symbol: 'diamond' },
      ...(low !== null &&
        high !== null && {
          error_y: {
            type: 'data' as const,
            array: [high - mean],
            arrayminus: [mean - low],
            color,
            thickness: 2,
            width: 6,
          },
        }),
      ...place,
    },
  ];
}

/** The mean in digits, right of its diamond. */
function label(panel: ComparisonPanel, { mean }: Group, g: number, i: number): Annotation {
  return {
    text: mean.toFixed(panel.digits ?? 1),
    x: g,
    y: mean,
    xref: xName(i),
    yref: yName(i),
    xanchor: 'left',
    xshift: 9,
    showarrow: false,
    bgcolor: 'rgba(255,255,255,0.8)',
  };
}

type PanelAxes = Pick<Layout, 'xaxis' | 'yaxis' | 'xaxis2' | 'yaxis2' | 'xaxis3' | 'yaxis3'>;

function axesOf(
  { quantity, unit }: ComparisonPanel,
  i: number,
  count: number,
  names: string[],
): Partial<PanelAxes> {
  const gap = 0.11;
  const width = (1 - gap * (count - 1)) / count;
  const from = i * (width + gap);
  const number = i === 0 ? '' : String(i + 1);
  return {
    [`xaxis${number}`]: axis('Configuration', '', {
      domain: [from, from + width],
      anchor: yName(i),
      range: [-0.5, names.length - 0.35],
      tickmode: 'array',
      tickvals: names.map((_, g) => g),
      ticktext: names,
      showgrid: false,
    }),
    [`yaxis${number}`]: axis(quantity, unit, { anchor: xName(i) }),
  };
}

function xName(i: number): XAxisName {
  return (['x', 'x2', 'x3'] as const)[i];
}

function yName(i: number): YAxisName {
  return (['y', 'y2', 'y3'] as const)[i];
}
