import { createHash } from 'node:crypto';
import { random } from '../../random.js';
import { palettePng } from './palette-png.js';
import { openPlotlyWindow, type PlotlyWindow, withPixelShifts } from './plotly-window.js';
import type { Layout, Trace } from './spec.js';

/** Pixels a point of a PNG, each way. */
const PIXELS = 2;

let opened: Promise<PlotlyWindow> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** A static picture of a chart, drawn by plotly itself without a browser. The same chart gives the same text. */
export function drawSvg(chart: { data: Trace[]; layout: Layout }): Promise<string> {
  // One at a time: they share a window, and its source of random numbers.
  const turn = last.then(() => draw(chart));
  last = turn.catch(() => undefined);
  return turn;
}

/** Opened by the first picture and kept; a failed attempt is not. */
function plotlyWindow(): Promise<PlotlyWindow> {
  opened ??= openPlotlyWindow().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function draw({ data, layout }: { data: Trace[]; layout: Layout }): Promise<string> {
  const { plotly, window } = await plotlyWindow();
  // Plotly keeps and changes what it is given.
  const figure = structuredClone({ data, layout });
  // It names clip paths by random numbers. Drawn from the chart's content, they are the same for the same chart
  // (a notebook run twice has no difference) and differ between charts on one page.
  const hash = createHash('sha256').update(JSON.stringify(figure)).digest();
  window.Math.random = random(hash.readUInt32LE(0)).uniform;
  const { width, height } = sizeOf(layout);
  return plotly.toImage(figure, { format: 'svg', imageDataOnly: true, width, height });
}

function sizeOf({ width = 720, height = 420 }: Layout): { width: number; height: number } {
  return { width, height };
}

/**
 * The picture that `drawSvg` made of a chart, as PNG: two pixels a point, which the file says, and at most 256 colours.
 * @throws Error  `figure.picture: no font on this machine to draw text with (…)`
 */
export async function toPng(svg: string, layout: Layout): Promise<Uint8Array> {
  const { createCanvas, GlobalFonts, loadImage } = await import('@napi-rs/canvas');
  if (GlobalFonts.families.length === 0) {
    throw new Error(
      'figure.picture: no font on this machine to draw text with (install one, for example the package fonts-liberation, or save as .svg)',
    );
  }
  const { width, height } = sizeOf(layout);
  const canvas = createCanvas(PIXELS * width, PIXELS * height);
  const context = canvas.getContext('2d');
  // A picture of 256 colours has none that let the page through.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const image = await loadImage(Buffer.from(withPixelShifts(await plotlyWindow(), svg)));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return palettePng(context.getImageData(0, 0, canvas.width, canvas.height), PIXELS);
}
