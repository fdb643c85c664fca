import { axis, colours, type Figure, figure } from '../../analysis/figures/index.js';
import type { Entry } from './rounds.js';
import type { SuiteResult } from './suite.js';

/** The pictures that the results allow, by file name. */
export function pictures(result: SuiteResult): Record<string, Figure> {
  const made: Record<string, Figure> = {};
  const ratios = result.cases.flatMap(({ name, entries }) =>
    entries.flatMap(({ label, ratio, side }) =>
      ratio === null || side === 'peer' ? [] : [{ name: `${name}: ${label}`, ratio }],
    ),
  );
  if (ratios.length > 0) made.ratios = ratioFigure(ratios.reverse());
  const lengths = result.cases.flatMap(({ name, entries }) => {
    const length = /^block train, L (\d+)$/.exec(name)?.[1];
    return length ? [{ length: Number(length), entries }] : [];
  });
  if (lengths.length > 1) made.length = lengthFigure(lengths);
  return made;
}

const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

function ratioFigure(ratios: readonly { name: string; ratio: number }[]): Figure {
  return figure(
    [
      {
        type: 'bar',
        orientation: 'h',
        x: ratios.map(({ ratio }) => ratio),
        y: ratios.map(({ name }) => name),
        marker: { color: colours.blue },
        hovertemplate: '%{y}: %{x:.1f}x<extra></extra>',
      },
    ],
    {
      title: { text: 'Speed relative to PyTorch' },
      width: 900,
      height: 120 + 20 * ratios.length,
      margin: { l: 320, r: 40, t: 64, b: 56 },
      xaxis: axis("The peer's median time over ours", '', {
        type: 'log',
        // Bars begin at 1: as fast as the peer.
        range: [
          Math.log10(Math.min(1, ...ratios.map(({ ratio }) => ratio))),
          Math.log10(Math.max(100, ...ratios.map(({ ratio }) => 1.1 * ratio))),
        ],
        tickvals: TICKS,
        ticktext: TICKS.map((tick) => `${tick}x`),
      }),
      yaxis: axis('Case', '', { type: 'category', showticklabels: true }),
      showlegend: false,
    },
    `Speed relative to PyTorch: ${ratios.map(({ name, ratio }) => `${name} ${ratio.toPrecision(3)}x`).join(', ')}`,
  );
}

function lengthFigure(lengths: readonly { length: number; entries: readonly Entry[] }[]): Figure {
  const labels = [...new Set(lengths.flatMap(({ entries }) => entries.map(({ label }) => label)))];
  return figure(
    labels.map((label) => {
      const points = lengths.flatMap(({ length, entries }) =>
        entries.filter((entry) => entry.label === label).map(({ medianMs }) => ({ length, medianMs })),
      );
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: label,
        x: points.map(({ length }) => length),
        y: points.map(({ medianMs }) => medianMs),
      };
    }),
    {
      title: { text: 'One training step of a block, batch 8, H 256, N 64' },
      xaxis: axis('Sequence length L', 'steps', { type: 'log' }),
      yaxis: axis('Median time', 'ms', { type: 'log' }),
    },
    'One training step of a block by sequence length, ours and PyTorch',
  );
}
