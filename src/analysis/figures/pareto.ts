import { withDefaults } from '../../options.js';
import { type Figure, figure } from './figure.js';
import type { ScatterTrace } from './spec.js';
import { axis, colourOrder, colours } from './theme.js';

/** One configuration: means over its seeds. Rates and accuracies in [0, 1]. */
export interface ParetoPoint {
  readonly name: string;
  /** What was turned to get it: points of one knob have one colour. */
  readonly knob: string;
  readonly rate: number;
  readonly accuracy: number;
  /** Standard deviations over the seeds; null where there is one seed. */
  readonly rateSd: number | null;
  readonly accuracySd: number | null;
}

export interface ParetoInput {
  readonly points: readonly ParetoPoint[];
  /** Default `Accuracy and spiking rate`. */
  readonly title?: string;
}

/**
 * Accuracy against spiking rate, one point a configuration with bars of one standard deviation, and the Pareto front:
 * the configurations that no other one beats in both.
 * @throws RangeError  `pareto: there must be at least one point, got none`
 */
export function pareto(input: ParetoInput): Figure {
  const { points, title } = withDefaults<Required<ParetoInput>>('pareto', input, {
    points: [],
    title: 'Accuracy and spiking rate',
  });
  if (points.length === 0) throw new RangeError('pareto: there must be at least one point, got none');
  const front = paretoFront(points);
  const knobs = [...new Set(points.map(({ knob }) => knob))];
  return figure(
    [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'Pareto front',
        x: front.map(({ rate }) => 100 * rate),
        y: front.map(({ accuracy }) => 100 * accuracy),
        line: { color: colours.grey, width: 2, dash: 'dash' },
      },
      ...knobs.map((knob, i) =>
        knobTrace(
          knob,
          points.filter((point) => point.knob === knob),
          i,
        ),
      ),
    ],
    {
      title: { text: title, subtitle: { text: 'mean over seeds, bars: one standard deviation' } },
      height: 480,
      margin: { l: 72, r: 152, t: 76, b: 56 },
      xaxis: axis('Spiking rate', '% of steps', { rangemode: 'tozero' }),
      yaxis: axis('Test accuracy', '%'),
      legend: { orientation: 'v', x: 1.02, xanchor: 'left', y: 1, yanchor: 'top' },
      showlegend: true,
    },
    `Accuracy against spiking rate of ${points.length} configurations; on the Pareto front: ${front.map(({ name }) => name).join(', ')}`,
  );
}

/** The points that no other one beats in both, from the lowest rate up. */
export function paretoFront<Point extends Pick<ParetoPoint, 'rate' | 'accuracy'>>(
  points: readonly Point[],
): Point[] {
  return points
    .filter(
      (one) =>
        !points.some(
          ({ rate, accuracy }) =>
            rate <= one.rate && accuracy >= one.accuracy && (rate < one.rate || accuracy > one.accuracy),
        ),
    )
    .sort((a, b) => a.rate - b.rate);
}

function knobTrace(knob: string, points: ParetoPoint[], i: number): ScatterTrace {
  const color = colourOrder[i % colourOrder.length];
  const bars = (sds: (number | null)[]): ScatterTrace['error_y'] => ({
    type: 'data',
    array: sds.map((sd) => 100 * (sd ?? 0)),
    color,
    thickness: 1.5,
    width: 4,
  });
  return {
    type: 'scatter',
    mode: 'markers',
    name: knob,
    x: points.map(({ rate }) => 100 * rate),
    y: points.map(({ accuracy }) => 100 * accuracy),
    text: points.map(({ name }) => name),
    hovertemplate: '%{text}: %{x:.1f} % spikes, %{y:.2f} % right<extra></extra>',
    marker: { color, size: 10, symbol: SYMBOLS[i % SYMBOLS.length] },
    error_x: bars(points.map(({ rateSd }) => rateSd)),
    error_y: bars(points.map(({ accuracySd }) => accuracySd)),
  };
}

/** Knobs differ in shape too, for prints without colour. */
const SYMBOLS = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'x', 'triangle-down'] as const;
