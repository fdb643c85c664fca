import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { DOMWindow } from 'jsdom';
import { plotlySource } from './plotly-source.js';
import { fontSize, textBox, textLength } from './text-box.js';

/** What of plotly the static pictures use. */
export interface Plotly {
  toImage(
    figure: { data: unknown; layout: unknown },
    options: { format: 'svg'; imageDataOnly: true; width: number; height: number },
  ): Promise<string>;
}

export interface PlotlyWindow {
  plotly: Plotly;
  window: DOMWindow;
}

/**
 * Plotly in a page without a browser. jsdom brings the document; text measures and canvases, which it lacks, come
 * from @napi-rs/canvas. Takes about a second, and is loaded by the first picture only.
 */
export async function openPlotlyWindow(): Promise<PlotlyWindow> {
  const [{ JSDOM, VirtualConsole }, { createCanvas }] = await Promise.all([
    import('jsdom'),
    import('@napi-rs/canvas'),
  ]);
  const virtualConsole = new VirtualConsole();
  virtualConsole.sendTo(console);
  const { window } = new JSDOM('<!doctype html><body></body>', {
    runScripts: 'outside-only',
    pretendToBeVisual: true,
    virtualConsole,
  });
  addMissing(window);
  measureTexts(window, createCanvas(1, 1).getContext('2d'));
  paintCanvases(window, createCanvas);
  window.eval(plotlySource());
  return { plotly: window.Plotly as Plotly, window };
}

function addMissing(window: DOMWindow): void {
  const unchanging = { matches: false, addListener() {}, removeListener() {}, addEventListener() {} };
  Object.assign(window, { TextEncoder, TextDecoder, structuredClone, matchMedia: () => unchanging });
  window.URL.createObjectURL = () => 'blob:';
  window.URL.revokeObjectURL = () => {};
}

function measureTexts(window: DOMWindow, context: SKRSContext2D): void {
  const box = (element: Element, frame: Element | null) => {
    const { left, top, width, height } = textBox(context, element, frame);
    return { x: left, y: top, left, top, width, height, right: left + width, bottom: top + height };
  };
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return box(this, this);
    },
    getBoundingClientRect(this: Element) {
      return box(this, null);
    },
    getComputedTextLength(this: Element) {
      return textLength(context, this);
    },
  });
}

/** Gives jsdom's canvas elements a real surface: plotly paints heatmaps and images through one. */
function paintCanvases(window: DOMWindow, createCanvas: (width: number, height: number) => Canvas): void {
  const surfaces = new WeakMap<HTMLCanvasElement, Canvas>();
  const surface = (element: HTMLCanvasElement) => {
    const known = surfaces.get(element);
    if (known?.width === element.width && known.height === element.height) return known;
    const made = createCanvas(element.width, element.height);
    surfaces.set(element, made);
    return made;
  };
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: HTMLCanvasElement, kind: string) {
      return kind === '2d' ? surface(this).getContext('2d') : null;
    },
    toDataURL(this: HTMLCanvasElement) {
      return surface(this).toDataURL('image/png');
    },
  });
}

/**
 * The same picture with its text shifts in pixels instead of em, which @napi-rs/canvas's reader does not know,
 * and a hair space for plotly's zero-width ones, which it shows as a box.
 */
export function withPixelShifts({ window }: PlotlyWindow, svg: string): string {
  const picture = new window.DOMParser().parseFromString(svg.replaceAll('\u200b', '\u200a'), 'image/svg+xml');
  for (const element of picture.querySelectorAll('[dy$="em"]')) {
    const em = Number.parseFloat(element.getAttribute('dy')!);
    element.setAttribute('dy', String(em * fontSize(element)));
  }
  return new window.XMLSerializer().serializeToString(picture);
}
