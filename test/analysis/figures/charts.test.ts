import type { Data, Layout as PlotlyLayout } from 'plotly.js-dist-min';
import { describe, expect, it } from 'vitest';
import type { BarTrace, Layout, ScatterTrace } from '../../../src/analysis/figures/index.js';
import * as figures from '../../../src/analysis/figures/index.js';

const steps = Array.from({ length: 400 }, (_, i) => ({ step: i + 1, loss: 2 + (i % 2), accuracy: 0.5 }));
const epochs = [
  { epoch: 1, step: 200, trainAccuracy: 0.4, validationLoss: 2.6, validationAccuracy: 0.45 },
  { epoch: 2, step: 400, trainAccuracy: 0.6, validationLoss: null, validationAccuracy: 0.55 },
];

describe('learningCurve', () => {
  it('shows every step, their mean, and both accuracies in per cent', () => {
    const { data, layout, text } = figures.learningCurve({ steps, epochs });
    const traces = data as ScatterTrace[];
    expect(traces.map(({ name }) => name)).toEqual([
      'training, each step',
      'training, mean of 9 steps',
      'validation',
      'training',
      'validation',
    ]);
    expect(traces[0].y).toHaveLength(400);
    expect(traces[1].y[200]).toBeCloseTo(2 + 4 / 9, 12);
    expect(traces[2]).toMatchObject({ x: [200], y: [2.6] });
    expect(traces[3]).toMatchObject({ x: [200, 400], y: [40, 60], yaxis: 'y2' });
    expect(traces[4]).toMatchObject({ y: [45, 55.00000000000001], yaxis: 'y2' });
    expect(layout.yaxis.title.text).toBe('Cross-entropy loss (nats)');
    expect(layout.yaxis2?.title.text).toBe('Accuracy (%)');
    expect(layout.xaxis.title.text).toBe('Training step');
    expect(text).toBe('Learning curve over 400 steps: final loss 3.000 nats, validation accuracy 55.00 %');
  });

  it('takes the accuracy of steps where epochs have none, and one panel where there is none at all', () => {
    const stepwise = figures.learningCurve({ steps, epochs: [] }).data as ScatterTrace[];
    expect(stepwise[2].yaxis).toBe('y2');
    expect(stepwise[2].y).toHaveLength(400);
    const plain = figures.learningCurve({
      steps: steps.map(({ step, loss }) => ({ step, loss })),
      epochs: [],
    });
    expect(plain.layout.yaxis2).toBeUndefined();
    expect(plain.data).toHaveLength(2);
  });

  it('stays small for long runs and keeps their peaks', () => {
    const long = Array.from({ length: 90_000 }, (_, i) => ({ step: i + 1, loss: i === 43_210 ? 99 : 1 }));
    const [every, mean] = figures.learningCurve({ steps: long, epochs: [] }).data as ScatterTrace[];
    expect(every.y.length).toBeLessThanOrEqual(1500);
    expect(mean.x).toHaveLength(1500);
    expect(mean.x[1499]).toBe(90_000);
    expect(every.y).toContain(99);
    expect(every.x[every.y.indexOf(99)]).toBe(43_211);
  });

  it('refuses a run without steps', () => {
    expect(() => figures.learningCurve({ steps: [], epochs: [] })).toThrow(
      'learningCurve: the run has no steps (train for at least one)',
    );
  });
});

describe('raster', () => {
  // Two examples of three steps of four neurons; in the second, neuron 1 spikes at step 2 and neuron 3 at 0 and 2.
  const values = new Uint8Array(24);
  for (const [t, h] of [
    [2, 1],
    [0, 3],
    [2, 3],
  ])
    values[12 + t * 4 + h] = 1;
  const spikes = [{ layer: 2, shape: [2, 3, 4] as const, values }];

  it('draws a tick a spike at its step and neuron', () => {
    const { layout, data, text } = figures.raster(spikes, { layer: 2, example: 1 });
    expect(layout.shapes?.[0].path).toBe('M2,0.6V1.4M0,2.6V3.4M2,2.6V3.4');
    expect(data[0]).toMatchObject({ x: [0, 1, 2], y: [25, 0, 50] });
    expect(layout.xaxis.title.text).toBe('Time (steps)');
    expect(layout.yaxis.title.text).toBe('Neuron');
    expect(layout.yaxis2?.title.text).toBe('Spiking (%)');
    expect(text).toBe('Spike raster of layer 2, example 1: 3 spikes of all 4 neurons in 3 steps (25.0 %)');
  });

  it('shows chosen neurons and steps, and says how many', () => {
    const some = figures.raster(spikes, { layer: 2, example: 1, channels: [3], steps: [1, 2] });
    expect(some.layout.shapes?.[0].path).toBe('M2,2.6V3.4');
    expect(some.layout.title.subtitle?.text).toBe('example 1, 1 of 4 neurons, 1 spike (50.0 % of steps)');
    expect(some.data[0]).toMatchObject({ x: [1, 2] });
    const two = figures.raster(spikes, { layer: 2, example: 1, channels: 2 });
    expect(two.layout.shapes?.[0].path).toBe('M2,0.2V1.8M0,2.2V3.8M2,2.2V3.8');
  });

  it('marks where the sequence ends, and counts nothing behind it', () => {
    // Example 1 ends after two steps; what its padding holds is no spike of it.
    const ragged = [{ ...spikes[0], lengths: [3, 2] }];
    const { layout, data, text } = figures.raster(ragged, { layer: 2, example: 1 });
    expect(layout.shapes?.[0].path).toBe('M0,2.6V3.4');
    expect(layout.shapes?.[1]).toMatchObject({ type: 'line', x0: 1.5, x1: 1.5, xref: 'x', yref: 'paper' });
    expect(layout.annotations?.[0]).toMatchObject({ text: 'end', x: 1.5 });
    expect(layout.xaxis.range).toEqual([-0.5, 2.5]);
    expect(data[0]).toMatchObject({ x: [0, 1], y: [25, 0] });
    expect(layout.title.subtitle?.text).toBe('example 1, all 4 neurons, 1 spike (12.5 % of its steps)');
    expect(text).toBe(
      'Spike raster of layer 2, example 1: 1 spike of all 4 neurons in 2 steps (12.5 %); the sequence ends after step 1',
    );
    const whole = figures.raster(ragged, { layer: 2, example: 0 }).layout;
    expect(whole.shapes).toHaveLength(1);
    expect(whole.annotations).toBeUndefined();
    expect(() => figures.raster(ragged, { layer: 2, example: 1, steps: [2, 2] })).toThrow(
      'raster: example 1 ends after 2 steps (0 to 1), got steps from 2',
    );
  });

  it('shows at most 64 neurons unless asked for more', () => {
    const wide = [{ layer: 0, shape: [1, 1, 400] as const, values: new Uint8Array(400).fill(1) }];
    const path = (options: object) => figures.raster(wide, { layer: 0, ...options }).layout.shapes?.[0].path;
    expect(path({})?.split('M')).toHaveLength(65);
    expect(path({ channels: 400 })?.split('M')).toHaveLength(401);
  });

  it('names what is not there', () => {
    expect(() => figures.raster(spikes, { layer: 0 })).toThrow(
      'raster: no spikes of layer 0 (layers there: 2)',
    );
    expect(() => figures.raster([], { layer: 0 })).toThrow('evaluate with keepSpikes >= 1');
    expect(() => figures.raster(spikes, { layer: 2, example: 2 })).toThrow(
      'raster: example must be a whole number below 2, got 2',
    );
    expect(() => figures.raster(spikes, { layer: 2, channels: [4] })).toThrow(
      'raster: channels must be whole numbers below 4, got 4',
    );
    expect(() => figures.raster(spikes, { layer: 2, channels: [] })).toThrow('at least one neuron');
    expect(() => figures.raster(spikes, { layer: 2, steps: [1, 3] })).toThrow(
      'raster: steps must be whole numbers in order from 0 to 2, got 1 and 3',
    );
    expect(() => figures.raster(spikes, { layer: 2, chanels: 3 } as never)).toThrow(
      'did you mean "channels"?',
    );
  });
});

describe('spikingRate', () => {
  it('labels a bar a layer and the rate of all', () => {
    const layers = [
      { layer: 0, rate: 0.142 },
      { layer: 1, rate: 0.0075 },
    ];
    const { data, layout, text } = figures.spikingRate({ rate: 0.0733, layers });
    expect((data[0] as BarTrace).x).toEqual(['0', '1']);
    expect((data[0] as BarTrace).y).toEqual([14.2, 0.75]);
    expect(layout.yaxis.title.text).toBe('Spiking rate (% of steps)');
    expect(layout.annotations?.map((one) => one.text)).toEqual(['14.2', '0.75', 'all layers<br>7.33 %']);
    expect(layout.shapes?.[0].y0).toBeCloseTo(7.33, 12);
    expect(layout.yaxis.range?.[1]).toBeGreaterThan(14.2);
    expect(text).toBe('Spiking rate by layer: layer 0 14.2 %, layer 1 0.75 %; all layers 7.33 %');
  });

  it('refuses a report without layers', () => {
    expect(() => figures.spikingRate({ rate: 0, layers: [] })).toThrow(
      'spikingRate: the report has no layers',
    );
  });
});

describe('membraneTrace', () => {
  it('marks the spikes on the potential, and the threshold', () => {
    const { data, layout, text } = figures.membraneTrace({
      membrane: [0.5, 1.25, 0.25],
      spikes: [0, 1, 0],
      current: [0.5, 1, 0.25],
      start: 10,
    });
    const traces = data as ScatterTrace[];
    expect(traces.map(({ name }) => name)).toEqual([
      'input current x[t]',
      'membrane potential v[t]',
      'spike',
    ]);
    expect(traces[1]).toMatchObject({ x: [10, 11, 12], y: [0.5, 1.25, 0.25] });
    expect(traces[2]).toMatchObject({ mode: 'markers', x: [11], y: [1.25] });
    expect(layout.shapes?.[0]).toMatchObject({ y0: 1, y1: 1 });
    expect(layout.yaxis.title.text).toBe('Potential (v_th)');
    expect(layout.xaxis.title.text).toBe('Time (steps)');
    expect(text).toBe('Membrane potential over 3 steps: v[t] reaches the threshold 1 at 1 of them');
  });

  it('refuses lists of different lengths', () => {
    expect(() => figures.membraneTrace({ membrane: [1, 2], spikes: [0, 1], current: [1] })).toThrow(
      'membraneTrace: membrane, spikes and current must be of one length of at least 1, got 2, 2, 1',
    );
    expect(() => figures.membraneTrace({ membrane: [], spikes: [] })).toThrow('got 0, 0');
  });
});

it('speaks plotly: our types fit plotly’s own', () => {
  const { data, layout } = figures.spikingRate({ rate: 0.1, layers: [{ layer: 0, rate: 0.1 }] });
  const theirs: { data: Data[]; layout: Partial<Pick<PlotlyLayout, keyof Layout>> } = { data, layout };
  expect(theirs.data).toHaveLength(1);
});
