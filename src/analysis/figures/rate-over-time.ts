import { curves } from './curves.js';
import type { Figure } from './figure.js';
import { runningMean, thin } from './series.js';

/** What the figure needs of an activity or a report. Rates in [0, 1]. */
export interface RateOverTimeInput {
  readonly layers: readonly { readonly layer: number; readonly timeRates: ArrayLike<number> }[];
}

const MOST_POINTS = 400;

/**
 * Share of each layer's neurons that spike at each step, a mean over examples, smoothed over about a fiftieth of the
 * sequence.
 * @throws RangeError  for a report without layers
 */
export function rateOverTime({ layers }: RateOverTimeInput): Figure {
  if (layers.length === 0) throw new RangeError('rateOverTime: the report has no layers');
  const L = layers[0].timeRates.length;
  const width = 2 * Math.floor(L / 100) + 1;
  const steps = Array.from({ length: L }, (_, t) => t);
  return curves({
    title: 'Spiking rate over time',
    subtitle: width === 1 ? 'mean over examples' : `mean over examples and ${width} steps`,
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
    text: `Spiking rate over ${L} steps of ${layers.length} layers`,
  });
}
