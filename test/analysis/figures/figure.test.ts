import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, describe, expect, it } from 'vitest';
import {
  axis,
  figure,
  jupyterDisplay,
  type Layout,
  type Trace,
} from '../../../src/analysis/figures/index.js';
import { bundleMetadata } from '../../../src/jupyter/picture-size.js';

const folder = mkdtempSync(join(tmpdir(), 'figure-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wave: Trace = { type: 'scatter', mode: 'lines', x: [0, 1, 2], y: [1, 3, 2], name: 'wave' };
const layout: Layout = {
  title: { text: 'A title & more' },
  xaxis: axis('Time', 'steps'),
  yaxis: axis('Potential', 'v_th'),
};

describe('figure', () => {
  it('insists on axis titles and a line of text', () => {
    expect(() => figure([wave], { ...layout, yaxis: { title: { text: ' ' } } }, 'a wave')).toThrow(
      "figure: yaxis needs a title (axis('Loss', 'nats') makes one)",
    );
    expect(() => figure([wave], { ...layout, xaxis2: {} as never }, 'a wave')).toThrow(
      'figure: xaxis2 needs',
    );
    expect(() => figure([wave], layout, '')).toThrow('figure: text must be one line');
    expect(() => figure([wave], layout, 'two\nlines')).toThrow('figure: text must be one line');
  });

  it('lets the layout win over the theme', () => {
    const { layout: made } = figure([wave], { ...layout, width: 300 }, 'a wave');
    expect(made.width).toBe(300);
    expect(made.height).toBe(420);
  });

  it('shows itself to a notebook as plotly, a picture and text', async () => {
    const shown = await figure([wave], layout, 'a wave')[
      Symbol.for('Jupyter.display') as typeof jupyterDisplay
    ]();
    expect(Object.keys(shown)).toEqual([
      'application/vnd.plotly.v1+json',
      'image/svg+xml',
      'image/png',
      'text/plain',
    ]);
    const live = shown['application/vnd.plotly.v1+json'] as { data: Trace[]; layout: Layout; config: object };
    expect(live.data).toEqual([wave]);
    expect(live.layout.yaxis.title.text).toBe('Potential (v_th)');
    expect(JSON.parse(JSON.stringify(live))).toEqual(live);
    expect(shown['image/svg+xml']).toMatch(/^<svg /);
    expect(shown['text/plain']).toBe('a wave');
  });

  it('carries a small PNG of two pixels a point, which says in which size it is to be shown', async () => {
    const shown = await figure([wave], layout, 'a wave')[jupyterDisplay]();
    const png = Buffer.from(shown['image/png'] as string, 'base64');
    const { width, height, palette, data, resolution } = decode(png);
    expect([width, height]).toEqual([1440, 840]);
    expect(resolution).toEqual({ x: 7559, y: 7559, unit: 1 });
    expect(png.length).toBeLessThan(60_000);
    // The paper is white, and the line is drawn in the colour of its kind.
    expect(palette![data[0]]).toEqual([255, 255, 255]);
    expect(palette!.length).toBeLessThanOrEqual(256);
    expect(new Set(data).size).toBeGreaterThan(8);
    expect(bundleMetadata(shown)).toEqual({ 'image/png': { width: 720, height: 420 } });
  });

  it('sends a heavy picture as PNG alone', async () => {
    const x = Array.from({ length: 25_000 }, (_, i) => i);
    const heavy: Trace = {
      type: 'scatter',
      mode: 'lines',
      x,
      y: x.map((i) => Math.sin(i * i)),
      line: { simplify: false },
    };
    const shown = await figure([heavy], layout, 'noise')[jupyterDisplay]();
    expect(Object.keys(shown)).toEqual(['application/vnd.plotly.v1+json', 'image/png', 'text/plain']);
    expect(Buffer.from(shown['image/png'] as string, 'base64').toString('latin1', 1, 4)).toBe('PNG');
  });

  it('names the formats it has', async () => {
    await expect(figure([wave], layout, 'a wave').picture('pdf' as never)).rejects.toThrow(
      "figure.picture: the format must be 'svg' or 'png', got \"pdf\"",
    );
  });

  it('saves by the ending of the name, and leaves nothing else', async () => {
    const chart = figure([{ ...wave, name: '</script><b>' }], layout, 'a "wave" <b>');
    for (const ending of ['svg', 'png', 'html']) await chart.save(join(folder, `wave.${ending}`));
    expect(readdirSync(folder).sort()).toEqual(['wave.html', 'wave.png', 'wave.svg']);
    expect(readFileSync(join(folder, 'wave.svg'), 'utf8')).toBe(await chart.picture('svg'));
    const page = readFileSync(join(folder, 'wave.html'), 'utf8');
    expect(page).toContain('<title>a "wave" &lt;b></title>'.replaceAll('"', '&quot;'));
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script[^>]+src=/);
    expect(page.length).toBeGreaterThan(4_000_000);
    await expect(chart.save(join(folder, 'wave.pdf'))).rejects.toThrow(
      /figure\.save: the file name must end in \.svg, \.png or \.html, got ".*wave\.pdf"/,
    );
  });
});
