import { describe, expect, it } from 'vitest';
import type { BarTrace, ScatterTrace } from '../../../src/analysis/figures/index.js';
import * as figures from '../../../src/analysis/figures/index.js';

const x = { quantity: 'Sequence length', unit: 'steps', log: true, ticks: [1024, 2048] };
const y = { quantity: 'Time', unit: 'ms', log: true };
const curve = { name: 'scan', x: [1024, 2048], y: [1, 2] };

describe('curves', () => {
  it('draws a band behind its curve, in the same colour let through', () => {
    const banded = { ...curve, low: [0.5, null], high: [2, null] };
    const { data, layout } = figures.curves({ title: 'T', x, y, curves: [curve, banded], text: 't' });
    const [plain, band, line] = data as ScatterTrace[];
    expect(plain.line?.color).toBe(figures.colourOrder[0]);
    expect(line.line?.color).toBe(figures.colourOrder[1]);
    // Where an edge is not known there is no band.
    expect(band).toMatchObject({ x: [1024, 1024], y: [2, 0.5], fill: 'toself', showlegend: false });
    expect(band.fillcolor).toBe('rgba(213,94,0,0.2)');
    expect(layout.xaxis).toMatchObject({
      type: 'log',
      tickvals: [1024, 2048],
      title: { text: 'Sequence length (steps)' },
    });
  });

  it('gives a range in the unit of the axis, log or not', () => {
    const ranged = { ...x, range: [1000, 10_000] as const };
    const { layout } = figures.curves({ title: 'T', x: ranged, y, curves: [curve], text: 't' });
    expect(layout.xaxis.range).toEqual([3, 4]);
  });

  it.each([
    [[], 'curves: there must be at least one curve, got none'],
    [[{ ...curve, y: [1] }], 'curves: "scan" has 2 values of x and 1 of y'],
    [[{ ...curve, y: [1, 0] }], 'curves: "scan" has the value 0 on a log axis'],
  ])('says what is wrong (%#)', (curves, message) => {
    expect(() => figures.curves({ title: 'T', x, y, curves, text: 't' })).toThrow(message);
  });
});

describe('comparison', () => {
  const runs = ['fixed', 'learnable'].flatMap((group) =>
    [1, 2, 3].map((seed) => ({ group, seed, value: seed })),
  );
  const panel = { quantity: 'Accuracy', unit: '%', runs };

  it('shows every seed, and the mean with its interval, a panel a quantity', () => {
    const { data, layout } = figures.comparison({ title: 'T', panels: [panel, panel], text: 't' });
    expect(data).toHaveLength(8);
    const [seeds, mean] = data as ScatterTrace[];
    expect(seeds.y).toEqual([1, 2, 3]);
    expect(mean.y).toEqual([2]);
    // t with 2 degrees of freedom times 1 / sqrt(3), which is more than the range of the seeds.
    expect(mean.error_y?.array[0]).toBeCloseTo(4.3026527297 / Math.sqrt(3), 7);
    expect(layout.title.subtitle?.text).toBe('dots: seeds; diamonds: mean, 95 % t interval of 3 values');
    expect(layout.xaxis2).toMatchObject({ ticktext: ['fixed', 'learnable'], anchor: 'y2' });
    expect(layout.yaxis2?.title.text).toBe('Accuracy (%)');
    expect(layout.annotations).toHaveLength(4);
  });

  it('says so where a group is a single run, which has no interval, or its values are the same', () => {
    const uneven = [...runs, { group: 'new', seed: 1, value: 2 }].map((run) =>
      run.group === 'fixed' ? { ...run, value: 5 } : run,
    );
    const { data, layout } = figures.comparison({
      title: 'T',
      subtitle: '400 steps',
      panels: [{ ...panel, runs: uneven }],
      text: 't',
    });
    expect(layout.title.subtitle?.text).toBe(
      '400 steps; dots: seeds; diamonds: mean, 3 identical values, 95 % t interval of 3 values, no interval of one value',
    );
    const means = (data as ScatterTrace[]).filter((_, i) => i % 2 === 1);
    expect(means.map(({ error_y }) => error_y?.array[0])).toEqual([0, expect.any(Number), undefined]);
  });

  it('refuses panels of different groups', () => {
    const other = { ...panel, runs: runs.slice(0, 3) };
    expect(() => figures.comparison({ title: 'T', panels: [panel, other], text: 't' })).toThrow(
      'comparison: all panels must show the same groups',
    );
    expect(() => figures.comparison({ title: 'T', panels: [], text: 't' })).toThrow(
      'one to three panels, got 0',
    );
  });
});

describe('histogram', () => {
  const input = { title: 'T', x: { quantity: 'Error', unit: 'v_th' }, text: 't' };

  it('leaves out what lies behind the end of a sequence in a report’s record', () => {
    // Two sequences of one neuron, 3 and 1 steps: 1, 1, 3 and 3.
    const values = {
      layer: 0,
      shape: [2, 3, 1] as [number, number, number],
      lengths: [3, 1],
      values: Float32Array.of(1, 1, 3, 3, 0, 0),
    };
    const given = { ...input, series: [{ name: 'a', values }], range: [0, 4] as const, bins: 4 };
    expect((figures.histogram(given).data[0] as ScatterTrace).y).toEqual([0, 50, 0, 50]);
  });

  it('counts every value, those outside in the last bins, and leaves a gap on a log axis', () => {
    const values = [-9, 0.1, 0.9, 3.5, 9];
    const given = { ...input, series: [{ name: 'a', values }], range: [0, 4] as const, bins: 4 };
    expect((figures.histogram(given).data[0] as ScatterTrace).y).toEqual([60, 0, 0, 40]);
    expect((figures.histogram({ ...given, log: true }).data[0] as ScatterTrace).y).toEqual([
      60,
      null,
      null,
      40,
    ]);
    expect((figures.histogram(given).data[0] as ScatterTrace).x).toEqual([0.5, 1.5, 2.5, 3.5]);
  });

  it('refuses what cannot be counted', () => {
    expect(() => figures.histogram({ ...input, series: [] })).toThrow(
      'histogram: there must be at least one series',
    );
    const series = [{ name: 'a', values: [1, Number.NaN] }];
    expect(() => figures.histogram({ ...input, series })).toThrow(
      'histogram: "a" must hold finite values, got NaN at 1',
    );
  });
});

describe('pareto', () => {
  const point = (name: string, rate: number, accuracy: number) => ({
    name,
    knob: name[0],
    rate,
    accuracy,
    rateSd: 0.01,
    accuracySd: null,
  });
  const points = [
    point('a1', 0.3, 0.95),
    point('a2', 0.2, 0.9),
    point('b1', 0.25, 0.89),
    point('b2', 0.1, 0.8),
  ];

  it('finds the points that no other one beats in both', () => {
    expect(figures.paretoFront(points).map(({ name }) => name)).toEqual(['b2', 'a2', 'a1']);
    // Neither of two equal points beats the other.
    expect(figures.paretoFront([points[0], points[0]])).toHaveLength(2);
  });

  it('has one trace a knob, in per cent', () => {
    const { data, text } = figures.pareto({ points });
    expect(data.map(({ name }) => name)).toEqual(['Pareto front', 'a', 'b']);
    expect((data[1] as ScatterTrace).x).toEqual([30, 20]);
    expect((data[1] as ScatterTrace).error_x?.array).toEqual([1, 1]);
    expect((data[1] as ScatterTrace).error_y?.array).toEqual([0, 0]);
    expect(text).toContain('on the Pareto front: b2, a2, a1');
    expect(() => figures.pareto({ points: [] })).toThrow('pareto: there must be at least one point');
  });
});

describe('rateOverTime and channelRates', () => {
  const layers = [{ layer: 0, timeRates: [0.1, 0.3], channelRates: [0.5, 0, 0.25] }];

  it('are per cent, by layer', () => {
    expect((figures.rateOverTime({ layers }).data[0] as ScatterTrace).y).toEqual([10, 30]);
    const { data, layout } = figures.channelRates({ layers });
    expect((data[0] as ScatterTrace).y).toEqual([0, 25, 50]);
    expect(layout.title.subtitle?.text).toContain('silent: 1 in layer 0');
    expect(() => figures.rateOverTime({ layers: [] })).toThrow('the report has no layers');
    expect(() => figures.channelRates({ layers: [] })).toThrow('the report has no layers');
  });

  it('says of how many sequences each step is the mean', () => {
    const ragged = [{ layer: 0, timeRates: [0.1, 0.3, 0], sequences: [9, 9, 2] }];
    const { data, layout, text } = figures.rateOverTime({ layers: ragged });
    const told = 'mean over the sequences that last so long: 9 at first, 2 at last';
    expect(layout.title.subtitle?.text).toBe(told);
    expect(text).toContain(told);
    expect(data).toHaveLength(2);
    expect(data[1]).toMatchObject({ name: 'sequences', x: [0, 1, 2], y: [9, 9, 2], yaxis: 'y2' });
    expect(layout.yaxis2?.title.text).toBe('Sequences');
    const even = figures.rateOverTime({ layers: [{ ...ragged[0], sequences: [9, 9, 9] }] });
    expect(even.data).toHaveLength(1);
    expect(even.layout.title.subtitle?.text).toBe('mean over examples');
  });

  it('smooths a long sequence over a fiftieth of it', () => {
    const timeRates = Float64Array.from({ length: 1000 }, (_, t) => (t % 21 === 0 ? 1 : 0));
    const { data, layout } = figures.rateOverTime({ layers: [{ layer: 0, timeRates }] });
    expect(layout.title.subtitle?.text).toBe('mean over 21 steps and examples');
    expect((data[0] as ScatterTrace).y).toHaveLength(400);
    expect((data[0] as ScatterTrace).y[200]).toBeCloseTo(100 / 21, 6);
  });
});

describe('bars', () => {
  const input = {
    title: 'T',
    x: { quantity: 'Part' },
    y: { quantity: 'Energy', unit: 'J', log: true },
    text: 't',
  };

  it('writes every value on its bar, and none where there is none', () => {
    const { data, layout } = figures.bars({
      ...input,
      groups: ['a', 'b'],
      series: [{ name: 's', values: [0.12345, null] }],
    });
    expect((data[0] as BarTrace).text).toEqual(['0.123', '']);
    expect(layout.yaxis.type).toBe('log');
    expect(layout.yaxis.range?.[0]).toBeLessThan(Math.log10(0.12345));
  });

  it('refuses what cannot be drawn', () => {
    const one = { ...input, groups: ['a', 'b'] };
    expect(() => figures.bars({ ...one, series: [{ name: 's', values: [1] }] })).toThrow(
      '"s" has 1 values for 2 groups',
    );
    expect(() => figures.bars({ ...one, series: [{ name: 's', values: [1, 0] }] })).toThrow(
      '"s" has the value 0',
    );
    expect(() => figures.bars({ ...one, series: [] })).toThrow('bars: there must be at least one value');
  });
});

describe('validationCurves', () => {
  const run = {
    name: 'a',
    evaluations: [
      { step: 10, accuracy: 0.5 },
      { step: 30, accuracy: 0.75 },
    ],
  };

  it('draws every evaluated run in per cent, and chance from the first to the last step', () => {
    const { data } = figures.validationCurves('text', [run, { name: 'b', evaluations: [] }], 0.5);
    const [one, chance] = data as ScatterTrace[];
    expect(data).toHaveLength(2);
    expect(one).toMatchObject({ name: 'a', x: [10, 30], y: [50, 75] });
    expect(chance).toMatchObject({ name: 'chance', x: [10, 30], y: [50, 50] });
  });

  it('draws a model without spikes black and dashed', () => {
    const { data } = figures.validationCurves('text', [{ ...run, spiking: false }, run], 0.5);
    expect((data as ScatterTrace[]).map(({ line }) => [line?.color, line?.dash])).toEqual([
      [figures.colours.black, 'dash'],
      [figures.colourOrder[1], undefined],
      [figures.colours.grey, 'dot'],
    ]);
  });

  it('needs an evaluation', () => {
    expect(() => figures.validationCurves('text', [{ name: 'b', evaluations: [] }], 0.5)).toThrow(
      'validationCurves: no run of text was evaluated',
    );
  });
});
