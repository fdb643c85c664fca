import { curves } from './curves.js';
import { type Figure, figure } from './figure.js';
import { runningMean, thin } from './series.js';
import { axis, colours } from './theme.js';

/** What the figure needs of an activity or a report. Rates in [0, 1]. */
export interface RateOverTimeInput {
  readonly layers: readonly {
    readonly layer: number;
    readonly timeRates: ArrayLike<number>;
    /** How many sequences the rate of each step is the mean of. Default: all, at each. */
    readonly sequences?: ArrayLike<number>;
  }[];
}

const MOST_POINTS = 400;

/**
 * Share of each layer's neurons that spike at each step, a mean over examples, smoothed over about a fiftieth of the
 * sequence. Where sequences end at different steps, a second panel shows how many are left to be the mean of.
 * @throws RangeError  for a report without layers
 */
export function rateOverTime({ layers }: RateOverTimeInput): Figure {
  if (layers.length === 0) throw new RangeError('rateOverTime: the report has no layers');
  const L = layers[0].timeRates.length;
  const width = 2 * Math.floor(L / 100) + 1;
  const steps = Array.from({ length: L }, (_, t) => t);
  const reached = Array.from(layers[0].sequences ?? []);
  const [all, left] = [reached[0], reached[L - 1]];
  const uneven = left < all;
  const over = uneven ? `the sequences that last so long: ${all} at first, ${left} at last` : 'examples';
  const rates = curves({
    title: 'Spiking rate over time',
    subtitle: `mean over ${width === 1 ? '' : `${width} steps and `}${over}`,
    x: { quantity: 'Time', unit: 'steps', range: [0, L - 1] },
    y: { quantity: 'Spiking rate', unit: '% of neurons', fromZero: true },
    markers: false,
    curves: layers.map(({ layer, timeRates }) => ({
      name: `layer ${layer}`,
      ...thin(
        steps,
        runningMean(
          Array.from(timeRates, (rate) => 100 * rate),
          width,
        ),
        MOST_POINTS,
      ),
    })),
    text: `Spiking rate over ${L} steps of ${layers.length} layers, a mean over ${over}`,
  });
  return uneven ? withCounts(rates, steps, reached) : rates;
}

/** The figure with the number of sequences at each step in a panel below. */
function withCounts({ data, layout, text }: Figure, steps: number[], reached: number[]): Figure {
  const { xaxis, yaxis } = layout;
  return figure(
    [
      ...data,
      {
        type: 'scatter',
        mode: 'lines',
        name: 'sequences',
        x: steps,
        y: reached,
        yaxis: 'y2',
        line: { color: colours.grey, width: 2, shape: 'hvh' },
        showlegend: false,
        hovertemplate: 'step %{x}: mean over %{y} sequences<extra></extra>',
      },
    ],
    {
      ...layout,
      height: 480,
      xaxis: { ...xaxis, anchor: 'y2' },
      yaxis: { ...yaxis, domain: [0.32, 1] },
      yaxis2: axis('Sequences', '', { domain: [0, 0.22], rangemode: 'tozero', nticks: 4 }),
    },
    text,
  );
}
