import { type Curve, curves } from './curves.js';
import type { Figure } from './figure.js';

/** What the figure needs of an activity or a report. Rates in [0, 1]. */
export interface ChannelRatesInput {
  readonly layers: readonly { readonly layer: number; readonly channelRates: ArrayLike<number> }[];
}

/**
 * The spiking rate of every neuron, layer by layer, from the most silent to the most active: dead neurons lie on the
 * bottom, those that always spike on the top.
 * @throws RangeError  for a report without layers
 */
export function channelRates({ layers }: ChannelRatesInput): Figure {
  if (layers.length === 0) throw new RangeError('channelRates: the report has no layers');
  const sorted = layers.map(({ layer, channelRates }): Curve => {
    const rates = Float64Array.from(channelRates).sort();
    return {
      name: `layer ${layer}`,
      x: Array.from(rates, (_, i) => (100 * (i + 1)) / rates.length),
      y: Array.from(rates, (rate) => 100 * rate),
    };
  });
  const silent = layers.map(
    ({ channelRates }) => Array.from(channelRates).filter((rate) => rate === 0).length,
  );
  return curves({
    title: 'Spiking rate of every neuron',
    subtitle: `neurons in order of their rate; silent: ${silent.map((count, i) => `${count} in layer ${layers[i].layer}`).join(', ')}`,
    x: { quantity: 'Share of the layer’s neurons', unit: '%', range: [0, 100] },
    y: { quantity: 'Spiking rate', unit: '% of steps', fromZero: true },
    markers: false,
    curves: sorted,
    text: `Spiking rate of every neuron by layer; silent: ${silent.join(', ')}`,
  });
}
