import { withDefaults } from '../../options.js';
import { type Figure, figure } from './figure.js';
import type { ScatterTrace } from './spec.js';
import { axis, colours } from './theme.js';

export interface MembraneTraceInput {
  /** v[t], the potential before the spike, in units of v_th. */
  membrane: ArrayLike<number>;
  /** 1 where the neuron spikes. */
  spikes: ArrayLike<number>;
  /** x[t], the input current, in units of v_th. */
  current?: ArrayLike<number>;
  /** v_th on the axis. Default 1. */
  threshold?: number;
  /** Step of the first value, where a cut from a longer sequence is shown. Default 0. */
  start?: number;
}

type Complete = Required<Omit<MembraneTraceInput, 'current'>> & Pick<MembraneTraceInput, 'current'>;

/**
 * Membrane potential of one neuron against its threshold, with its spikes marked.
 * @throws RangeError  `membraneTrace: membrane, spikes and current must be of one length, got 784, 784 and 100`
 */
export function membraneTrace(input: MembraneTraceInput): Figure {
  const { membrane, spikes, current, threshold, start } = withDefaults<Complete>('membraneTrace', input, {
    membrane: [],
    spikes: [],
    current: undefined,
    threshold: 1,
    start: 0,
  });
  const L = membrane.length;
  const lengths = [L, spikes.length, ...(current ? [current.length] : [])];
  if (L === 0 || lengths.some((length) => length !== L)) {
    const names = current ? 'membrane, spikes and current' : 'membrane and spikes';
    throw new RangeError(
      `membraneTrace: ${names} must be of one length of at least 1, got ${lengths.join(', ')}`,
    );
  }
  const x = Array.from({ length: L }, (_, t) => start + t);
  const fired = x.filter((_, t) => spikes[t] !== 0);
  const traces: ScatterTrace[] = [
    {
      ...lines('membrane potential v[t]', x, membrane, colours.blue),
      hovertemplate: 'step %{x}: v = %{y:.3f}<extra></extra>',
    },
    {
      type: 'scatter',
      mode: 'markers',
      name: 'spike',
      x: fired,
      y: fired.map((t) => membrane[t - start]),
      marker: { color: colours.vermilion, size: 6 },
      hovertemplate: 'spike at step %{x}<extra></extra>',
    },
  ];
  if (current) traces.unshift({ ...lines('input current x[t]', x, current, colours.orange), opacity: 0.8 });
  return figure(
    traces,
    {
      title: { text: 'Membrane potential' },
      margin: { l: 64, r: 56, t: 72, b: 56 },
      xaxis: axis('Time', 'steps', { range: [start - 0.5, start + L - 0.5] }),
      yaxis: axis('Potential', 'v_th'),
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: threshold,
          y1: threshold,
          line: { color: colours.black, width: 1.5, dash: 'dash' },
        },
      ],
      annotations: [
        { text: 'v_th', xref: 'paper', x: 1, y: threshold, xanchor: 'left', xshift: 4, showarrow: false },
      ],
    },
    `Membrane potential over ${L} steps: v[t] reaches the threshold ${threshold} at ${fired.length} of them`,
  );
}

function lines(name: string, x: number[], y: ArrayLike<number>, color: string): ScatterTrace {
  return { type: 'scatter', mode: 'lines', name, x, y: Array.from(y), line: { color, width: 1.5 } };
}
