import { withDefaults } from '../../options.js';
import { type Figure, figure } from './figure.js';
import { envelope } from './series.js';
import type { Annotation, Shape } from './spec.js';
import { axis, colours } from './theme.js';

/** Spikes of one layer: 0 or 1 for each [example, step, channel]; `evaluate` keeps them. */
export interface SpikeTrain {
  readonly layer: number;
  readonly shape: readonly [examples: number, L: number, H: number];
  /** True length of each example, whose end is marked: nothing behind it counts. Default L. */
  readonly lengths?: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface RasterOptions {
  layer: number;
  /** Which of the kept examples. Default 0. */
  example?: number;
  /** How many neurons, evenly spaced over the layer, or which ones. Default: at most 64. */
  channels?: number | readonly number[];
  /** First and last step, both shown. Default all. */
  steps?: readonly [first: number, last: number];
}

type Complete = Required<Omit<RasterOptions, 'steps'>> & Pick<RasterOptions, 'steps'>;

/**
 * Every spike of one example as a tick, time across and neurons up; below, the share of all the layer's neurons
 * that spike at each step. Where the sequence ends before the last step there is a line, and nothing behind it.
 * @throws RangeError  for a layer, example or channel that is not there, naming those that are
 */
export function raster(spikes: readonly SpikeTrain[], options: RasterOptions): Figure {
  const { layer, example, channels, steps } = withDefaults<Complete>('raster', options, {
    layer: 0,
    example: 0,
    channels: 64,
    steps: undefined,
  });
  const train = spikes.find((one) => one.layer === layer);
  if (train === undefined) {
    const known = spikes.map((one) => one.layer).join(', ') || 'none (evaluate with keepSpikes >= 1)';
    throw new RangeError(`raster: no spikes of layer ${layer} (layers there: ${known})`);
  }
  const [examples, L, H] = train.shape;
  if (!Number.isInteger(example) || example < 0 || example >= examples) {
    throw new RangeError(
      `raster: example must be a whole number below ${examples}, got ${example} (evaluate with a larger keepSpikes)`,
    );
  }
  const shown = typeof channels === 'number' ? evenly(channels, H) : [...channels];
  if (shown.length === 0) throw new RangeError('raster: channels must name at least one neuron, got none');
  for (const channel of shown) {
    if (!Number.isInteger(channel) || channel < 0 || channel >= H) {
      throw new RangeError(`raster: channels must be whole numbers below ${H}, got ${channel}`);
    }
  }
  const [first, last] = steps ?? [0, L - 1];
  if (!(Number.isInteger(first) && Number.isInteger(last) && 0 <= first && first <= last && last < L)) {
    throw new RangeError(
      `raster: steps must be whole numbers in order from 0 to ${L - 1}, got ${first} and ${last}`,
    );
  }
  const length = train.lengths?.[example] ?? L;
  if (first >= length) {
    throw new RangeError(
      `raster: example ${example} ends after ${length} steps (0 to ${length - 1}), got steps from ${first}`,
    );
  }
  const end = Math.min(last, length - 1);
  const { path, count } = ticks(train, example, shown, first, end);
  const rate = `${((100 * count) / (shown.length * (end - first + 1))).toFixed(1)} %`;
  const spiked = `${count} ${count === 1 ? 'spike' : 'spikes'}`;
  const which = shown.length === H ? `all ${H} neurons` : `${shown.length} of ${H} neurons`;
  const share = envelope(...shareOfSpiking(train, example, first, end), 1500);
  return figure(
    [
      {
        type: 'scatter',
        mode: 'lines',
        ...share,
        yaxis: 'y2',
        line: { color: colours.blue, width: 1 },
        hovertemplate: 'step %{x}: %{y:.1f} %<extra></extra>',
      },
    ],
    {
      title: {
        text: `Spikes of layer ${layer}`,
        subtitle: {
          text: `example ${example}, ${which}, ${spiked} (${rate} of ${end < last ? 'its ' : ''}steps)`,
        },
      },
      height: 480,
      xaxis: axis('Time', 'steps', { range: [first - 0.5, last + 0.5], anchor: 'y2', showgrid: false }),
      yaxis: axis('Neuron', '', {
        range: [Math.min(...shown) - 1, Math.max(...shown) + 1],
        domain: [0.3, 1],
        showgrid: false,
      }),
      yaxis2: axis('Spiking', '%', { domain: [0, 0.22], rangemode: 'tozero', nticks: 4 }),
      shapes: [
        { type: 'path', path, xref: 'x', yref: 'y', line: { color: colours.black, width: 1 } },
        ...(end < last ? [endLine(length)] : []),
      ],
      ...(end < last && { annotations: [endLabel(length, last)] }),
      showlegend: false,
    },
    `Spike raster of layer ${layer}, example ${example}: ${spiked} of ${which} in ${end - first + 1} steps (${rate})${end < last ? `; the sequence ends after step ${end}` : ''}`,
  );
}

/** Where a sequence ends, over both panels. */
function endLine(length: number): Shape {
  const x = length - 0.5;
  return {
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: { color: colours.vermilion, width: 2, dash: 'dash' },
  };
}

/** On the side of the line where there is room. */
function endLabel(length: number, last: number): Annotation {
  const right = last - length > length;
  return {
    text: 'end',
    x: length - 0.5,
    y: 1,
    xref: 'x',
    yref: 'paper',
    xanchor: right ? 'left' : 'right',
    yanchor: 'bottom',
    showarrow: false,
    font: { color: colours.vermilion },
  };
}

/**
 * One vertical line a spike, all in one path: as markers, or as pieces of a trace, each would be an element of its
 * own, ten times the size and the drawing time.
 */
function ticks(
  train: SpikeTrain,
  example: number,
  channels: number[],
  first: number,
  last: number,
): { path: string; count: number } {
  const [, L, H] = train.shape;
  const sorted = [...channels].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((channel, i) => channel - sorted[i]);
  const half = 0.4 * Math.max(1, Math.min(...(gaps.length > 0 ? gaps : [1])));
  let path = '';
  let count = 0;
  for (const channel of sorted) {
    const [low, high] = [(channel - half).toFixed(1), (channel + half).toFixed(1)];
    for (let t = first; t <= last; t++) {
      if (train.values[(example * L + t) * H + channel] === 0) continue;
      path += `M${t},${low}V${high}`;
      count++;
    }
  }
  // An empty path is drawn as an error; a point without length is drawn as nothing.
  return { path: path || 'M0,0Z', count };
}

/** Share of the layer's neurons that spike at each step, per cent. */
function shareOfSpiking(
  train: SpikeTrain,
  example: number,
  first: number,
  last: number,
): [x: number[], y: number[]] {
  const [, L, H] = train.shape;
  const x = Array.from({ length: last - first + 1 }, (_, t) => first + t);
  const y = x.map((t) => {
    let sum = 0;
    for (let h = 0; h < H; h++) sum += train.values[(example * L + t) * H + h];
    return (100 * sum) / H;
  });
  return [x, y];
}

function evenly(count: number, H: number): number[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`raster: channels must be a whole number of at least 1, or a list, got ${count}`);
  }
  const shown = Math.min(count, H);
  return Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * H) / shown));
}
