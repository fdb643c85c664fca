import { writeWhole } from '../../files/write-whole.js';
import { page } from './page.js';
import { drawSvg, toPng } from './picture.js';
import type { Axis, Config, Layout, Trace } from './spec.js';
import { configDefaults, layoutDefaults, template } from './theme.js';

/** A notebook calls the method of this name on the last value of a cell and shows what it returns. */
export const jupyterDisplay: unique symbol = Symbol.for('Jupyter.display') as never;

/** A picture heavier than this is sent to a notebook as PNG alone: GitHub and editors are slow with large SVG. */
const largestSvg = 300_000;

/** One chart: a plotly specification that draws itself in a notebook and saves itself as a file. */
export interface Figure {
  /** Plotly's traces; change them before the figure is shown to change the chart. */
  data: Trace[];
  layout: Layout;
  config: Config;
  /** What the figure shows, in one line, for readers without pictures. */
  text: string;
  /** The chart as an SVG document. */
  picture(format: 'svg'): Promise<string>;
  /** The chart as a PNG file, two pixels a point. */
  picture(format: 'png'): Promise<Uint8Array>;
  /**
   * Writes the chart; the ending of `path` says how. `.svg` and `.png` are static, `.html` is a page with the live
   * chart that needs nothing else.
   * @throws TypeError  `figure.save: the file name must end in .svg, .png or .html, got "loss.pdf"`
   */
  save(path: string): Promise<void>;
  /** The chart for a notebook: plotly's own form, static pictures (SVG and PNG), and a line of text. */
  [jupyterDisplay](): Promise<Record<string, unknown>>;
}

/**
 * Makes a figure in the house theme.
 * @param data    plotly traces
 * @param layout  plotly layout; size, margins and look come from the theme where it does not say otherwise
 * @param text    one line that says what the figure shows
 * @throws TypeError  `figure: yaxis needs a title (axis('Loss', 'nats') makes one)`
 */
export function figure(data: readonly Trace[], layout: Layout, text: string): Figure {
  if (text.trim() === '' || text.includes('\n')) {
    throw new TypeError(
      `figure: text must be one line that says what the figure shows, got ${JSON.stringify(text)}`,
    );
  }
  for (const [name, value] of Object.entries(layout)) {
    if (/^[xy]axis\d*$/.test(name) && !hasTitle(value as Axis)) {
      throw new TypeError(`figure: ${name} needs a title (axis('Loss', 'nats') makes one)`);
    }
  }
  const self: Figure = {
    data: [...data],
    layout: { ...layoutDefaults, ...layout, template } as Layout,
    config: { ...configDefaults },
    text,
    picture: (async (format: 'svg' | 'png') => picture(self, format)) as Figure['picture'],
    save: async (path) => writeWhole(path, [await contents(self, path)]),
    [jupyterDisplay]: () => bundle(self),
  };
  return self;
}

async function picture(self: Figure, format: 'svg' | 'png'): Promise<string | Uint8Array> {
  if (format !== 'svg' && format !== 'png') {
    throw new TypeError(`figure.picture: the format must be 'svg' or 'png', got ${JSON.stringify(format)}`);
  }
  const svg = await drawSvg(self);
  return format === 'svg' ? svg : toPng(svg, self.layout);
}

/** An axis that shows no labels needs no title: its neighbour's serves both. */
function hasTitle(axis: Axis): boolean {
  return axis.showticklabels === false || (axis.title?.text ?? '').trim() !== '';
}

function contents(self: Figure, path: string): Promise<string | Uint8Array> {
  if (path.endsWith('.svg')) return self.picture('svg');
  if (path.endsWith('.png')) return self.picture('png');
  if (path.endsWith('.html')) return page(self);
  throw new TypeError(`figure.save: the file name must end in .svg, .png or .html, got "${path}"`);
}

async function bundle(self: Figure): Promise<Record<string, unknown>> {
  const svg = await self.picture('svg');
  const { data, layout, config, text } = self;
  return {
    'application/vnd.plotly.v1+json': { data, layout, config },
    ...(svg.length <= largestSvg ? { 'image/svg+xml': svg } : {}),
    // What JupyterLab shows of a notebook that it does not trust, where it withholds all of the above.
    'image/png': Buffer.from(await toPng(svg, layout)).toString('base64'),
    'text/plain': text,
  };
}
