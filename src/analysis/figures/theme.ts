import type { Axis, Config, Layout } from './spec.js';

/**
 * Colours that stay apart for every common kind of colour blindness and in print: Okabe and Ito,
 * "Color Universal Design" (2008). Two figures show the same thing in the same colour.
 */
export const colours: Readonly<
  Record<'black' | 'orange' | 'sky' | 'green' | 'yellow' | 'blue' | 'vermilion' | 'purple' | 'grey', string>
> = {
  black: '#000000',
  orange: '#E69F00',
  sky: '#56B4E9',
  green: '#009E73',
  yellow: '#F0E442',
  blue: '#0072B2',
  vermilion: '#D55E00',
  purple: '#CC79A7',
  grey: '#767676',
};

/** Order in which several series take their colours; yellow last, being faint on white. */
export const colourOrder: readonly string[] = [
  colours.blue,
  colours.vermilion,
  colours.green,
  colours.orange,
  colours.purple,
  colours.sky,
  colours.black,
  colours.yellow,
];

/** A colour of `colours` let through, for the band around a line of that colour. */
export function bandColour(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},0.2)`;
}

// Arial and Liberation Sans have the same widths, so a picture laid out with either fits a viewer with the other.
const fontFamily = 'Arial, Liberation Sans, Helvetica, DejaVu Sans, sans-serif';
const ink = '#222222';

const axisLook = {
  showline: true,
  linecolor: ink,
  linewidth: 1,
  ticks: 'outside',
  tickcolor: ink,
  ticklen: 4,
  gridcolor: '#E6E6E6',
  zeroline: false,
  automargin: true,
  title: { standoff: 8, font: { size: 13 } },
};

/** Plotly's own mechanism for a look: whatever a figure's layout says itself wins over it. */
export const template: Readonly<Record<string, unknown>> = {
  layout: {
    font: { family: fontFamily, size: 12, color: ink },
    title: { x: 0.02, xanchor: 'left', y: 0.97, yanchor: 'top', font: { size: 16 } },
    paper_bgcolor: '#FFFFFF',
    plot_bgcolor: '#FFFFFF',
    colorway: colourOrder,
    xaxis: axisLook,
    yaxis: axisLook,
    hoverlabel: { font: { family: fontFamily } },
    legend: { orientation: 'h', x: 1, xanchor: 'right', y: 1.02, yanchor: 'bottom' },
  },
};

/** What every figure has unless its own layout says otherwise. Fixed size: live and static look alike. */
export const layoutDefaults: Readonly<Pick<Layout, 'width' | 'height' | 'margin' | 'hovermode'>> = {
  width: 720,
  height: 420,
  margin: { l: 64, r: 24, t: 64, b: 56 },
  hovermode: 'closest',
};

export const configDefaults: Readonly<Config> = { displaylogo: false, responsive: false };

/**
 * An axis with its title: `axis('Loss', 'nats')` reads "Loss (nats)".
 * @param quantity  what the axis shows
 * @param unit      its unit; '' only for a plain number or name, such as the index of a neuron
 */
export function axis(quantity: string, unit: string, more: Partial<Axis> = {}): Axis {
  return { ...more, title: { ...more.title, text: unit === '' ? quantity : `${quantity} (${unit})` } };
}

/**
 * Ticks of a logarithmic axis over these values: 1, 2 and 5 of each decade, or the powers of ten alone where there are
 * many decades; plotly's own choice within half a decade.
 */
export function logTicks(values: readonly number[]): Partial<Axis> {
  const decades = Math.log10(Math.max(...values) / Math.min(...values));
  if (decades < 0.5) return {};
  return { dtick: decades <= 3 ? 'D2' : 1 };
}
