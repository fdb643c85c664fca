import { type Figure, figure } from './figure.js';
import { axis, colours } from './theme.js';

/** What the figure needs of an evaluation's report. Rates are spikes per neuron and step, in [0, 1]. */
export interface SpikingRateInput {
  /** Over all neurons of all layers. */
  readonly rate: number;
  readonly layers: readonly { readonly layer: number; readonly rate: number }[];
}

/**
 * Spiking rate by layer as labelled bars, with the rate over all layers as a line.
 * @throws RangeError  `spikingRate: the report has no layers`
 */
export function spikingRate(report: SpikingRateInput): Figure {
  if (report.layers.length === 0) throw new RangeError('spikingRate: the report has no layers');
  const names = report.layers.map(({ layer }) => String(layer));
  const rates = report.layers.map(({ rate }) => 100 * rate);
  const overall = 100 * report.rate;
  return figure(
    [
      {
        type: 'bar',
        x: names,
        y: rates,
        marker: { color: colours.blue },
        hovertemplate: 'layer %{x}: %{y:.2f} %<extra></extra>',
      },
    ],
    {
      title: { text: 'Spiking rate by layer' },
      margin: { l: 64, r: 96, t: 64, b: 56 },
      xaxis: axis('Layer', '', { type: 'category', showgrid: false }),
      yaxis: axis('Spiking rate', '% of steps', {
        rangemode: 'tozero',
        range: [0, 1.15 * (Math.max(...rates, overall) || 1)],
      }),
      bargap: 0.4,
      showlegend: false,
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: overall,
          y1: overall,
          line: { color: colours.vermilion, width: 2, dash: 'dash' },
        },
      ],
      annotations: [
        ...rates.map((rate, i) => ({
          // Without the unit, which the axis has: sixteen layers fit side by side.
          text: digits(rate),
          x: names[i],
          y: rate,
          yanchor: 'bottom' as const,
          yshift: 2,
          showarrow: false,
          // Keeps the number readable where the line passes behind it.
          bgcolor: 'rgba(255,255,255,0.9)',
        })),
        {
          text: `all layers<br>${digits(overall)} %`,
          xref: 'paper',
          x: 1,
          y: overall,
          xanchor: 'left',
          xshift: 6,
          align: 'left',
          showarrow: false,
          font: { color: colours.vermilion },
        },
      ],
    },
    `Spiking rate by layer: ${rates.map((rate, i) => `layer ${names[i]} ${digits(rate)} %`).join(', ')}; all layers ${digits(overall)} %`,
  );
}

/** Three digits: 12.3, 0.0456. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
