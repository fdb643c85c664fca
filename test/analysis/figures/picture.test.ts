import { createCanvas, loadImage } from '@napi-rs/canvas';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import * as figures from '../../../src/analysis/figures/index.js';
import { membrane } from '../../../src/analysis/membrane.js';

const current = Array.from({ length: 60 }, (_, t) => Math.sin(t / 3) + 0.4);
const { v, spikes } = membrane(current, { tau: 0.5 });
const fired = spikes.reduce((sum, spike) => sum + spike, 0);
const trace = figures.membraneTrace({ current, membrane: v, spikes });
const bars = figures.spikingRate({
  rate: 0.1,
  layers: [
    { layer: 0, rate: 0.15 },
    { layer: 1, rate: 0.05 },
  ],
});

async function drawn(figure: figures.Figure): Promise<Document> {
  const { window } = new JSDOM();
  const document = new window.DOMParser().parseFromString(await figure.picture('svg'), 'image/svg+xml');
  expect(document.querySelector('parsererror')).toBeNull();
  return document;
}

const texts = (svg: Document) => [...svg.querySelectorAll('text')].map((text) => text.textContent);

describe('a picture as SVG', () => {
  it('holds title, axis titles, tick labels, legend and marks', async () => {
    const svg = await drawn(trace);
    for (const text of [
      'Membrane potential',
      'Time (steps)',
      'Potential (v_th)',
      'v_th',
      '20',
      '0.5',
      'spike',
    ]) {
      expect(texts(svg)).toContain(text);
    }
    expect(svg.querySelectorAll('.scatterlayer .points path')).toHaveLength(fired);
    expect(fired).toBeGreaterThan(5);
    expect(svg.querySelectorAll('.scatterlayer .js-line')).toHaveLength(2);
    expect(svg.documentElement.outerHTML).not.toMatch(/NaN|Infinity/);
  });

  it('has a bar a layer, with its value', async () => {
    const svg = await drawn(bars);
    expect(svg.querySelectorAll('.barlayer .point')).toHaveLength(2);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Spiking rate by layer', '15', '5', '0', '1', 'Layer']),
    );
  });

  it('has a line and a diamond an epoch for a learning curve', async () => {
    const steps = [1, 2, 3, 4].map((step) => ({ step, loss: 3 - step / 2 }));
    const epochs = [2, 4].map((step, i) => ({ epoch: i + 1, step, validationAccuracy: 0.5 + i / 10 }));
    const svg = await drawn(figures.learningCurve({ steps, epochs }));
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Learning curve',
        'Cross-entropy loss (nats)',
        'Accuracy (%)',
        'Training step',
      ]),
    );
    expect(svg.querySelectorAll('.scatterlayer .js-line')).toHaveLength(2);
    expect(svg.querySelectorAll('.scatterlayer .points path')).toHaveLength(2);
  });

  it('has a tick a spike in one path, small even for thousands', async () => {
    const values = Uint8Array.from({ length: 784 * 64 }, (_, i) => (i % 8 === 0 ? 1 : 0));
    const svg = await drawn(figures.raster([{ layer: 0, shape: [1, 784, 64], values }], { layer: 0 }));
    const path = svg.querySelector('.shapelayer path')?.getAttribute('d') ?? '';
    expect(path.match(/M/g)).toHaveLength(6272);
    expect(svg.documentElement.outerHTML.length).toBeLessThan(300_000);
    expect(texts(svg)).toEqual(expect.arrayContaining(['Spikes of layer 0', 'Neuron', 'Spiking (%)']));
  });

  it('is the same for the same chart, with names of its own for another', async () => {
    const [one, again, other] = await Promise.all([
      trace.picture('svg'),
      trace.picture('svg'),
      bars.picture('svg'),
    ]);
    expect(again).toBe(one);
    const names = (svg: string) => [...svg.matchAll(/<clipPath id="([^"]+)"/g)].map(([, name]) => name);
    expect(names(one).length).toBeGreaterThan(0);
    expect(names(other).filter((name) => names(one).includes(name))).toEqual([]);
  });

  it('leaves the chart as it was', async () => {
    const before = structuredClone(trace.data);
    await trace.picture('svg');
    expect(trace.data).toEqual(before);
    expect(trace.layout).not.toHaveProperty('xaxis.autorange');
  });

  it('keeps texts apart: no two boxes of tick labels or titles overlap in a row', async () => {
    const svg = await drawn(trace);
    const labels = [...svg.querySelectorAll('.xtick text')].map((text) => {
      const [, x] = /translate\(([\d.]+)/.exec(text.getAttribute('transform') ?? '') ?? [];
      return Number(x);
    });
    expect(labels.length).toBeGreaterThan(2);
    labels.slice(1).forEach((x, i) => {
      expect(x - labels[i]).toBeGreaterThan(20);
    });
  });
});

describe('a picture as PNG', () => {
  /** Share of pixels darker than mid-grey in a part of the picture, in the figure's own units. */
  async function ink(png: Uint8Array, x: number, y: number, width: number, height: number): Promise<number> {
    const image = await loadImage(Buffer.from(png));
    const context = createCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(2 * x, 2 * y, 2 * width, 2 * height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 384) dark++;
    return dark / (data.length / 4);
  }

  it('is twice the size, on white, with its title drawn in full', async () => {
    const png = await bars.picture('png');
    const { width, height } = await loadImage(Buffer.from(png));
    expect([width, height]).toEqual([1440, 840]);
    expect(await ink(png, 14, 10, 150, 20)).toBeGreaterThan(0.05);
    // Nothing reaches the upper edge: titles hang from their line instead of standing on it.
    expect(await ink(png, 0, 0, 720, 9)).toBe(0);
    expect(await ink(png, 500, 0, 220, 60)).toBe(0);
  });

  it('paints heatmaps', async () => {
    const map = figures.figure(
      [
        {
          type: 'heatmap',
          z: [
            [0, 1],
            [1, 0],
          ],
          colorscale: [
            [0, '#ffffff'],
            [1, '#000000'],
          ],
          showscale: false,
        },
      ],
      { title: { text: 'Map' }, xaxis: figures.axis('Column', ''), yaxis: figures.axis('Row', '') },
      'a map',
    );
    const png = await map.picture('png');
    expect(await ink(png, 100, 100, 200, 80)).toBe(1);
    expect(await ink(png, 450, 100, 200, 80)).toBe(0);
  });
});
