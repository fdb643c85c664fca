import { beforeAll, describe, expect, it } from 'vitest';
import { activity } from '../../src/analysis/activity.js';
import { type EvaluateOptions, evaluate, type Report } from '../../src/analysis/evaluate.js';
import { neurobench } from '../../src/analysis/neurobench.js';
import { neuronSeries, ownValues } from '../../src/analysis/records.js';
import { type SpikingSSM, type SpikingSSMOptions, spikingSSM } from '../../src/index.js';
import { random } from '../../src/random.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const LENGTHS = [9, 3, 6, 1, 5, 2];

/**
 * Sequences of LENGTHS steps of two numbers (of pairs two after the other), as long as the longest of the batch or as
 * `L` says; what fills them up is `filling`.
 */
function ragged({ L = 0, filling = 7, pairs = false, value = (): number => 1 } = {}): Dataset {
  const source = random(3);
  const sequences = LENGTHS.map((length) =>
    Array.from({ length: 2 * length }, () => 4 * source.normal() * value()),
  );
  const each = pairs ? 2 : 1;
  return indexedDataset(
    Uint32Array.from({ length: LENGTHS.length / each }, (_, i) => i),
    (examples) => {
      const numbers = [...examples].flatMap((k) => Array.from({ length: each }, (_, j) => each * k + j));
      const lengths = numbers.map((n) => LENGTHS[n]);
      const longest = Math.max(L, ...lengths);
      const values = numbers.flatMap((n) =>
        Array.from({ length: 2 * longest }, (_, i) => sequences[n][i] ?? filling),
      );
      const shape = pairs ? [examples.length, 2, longest, 2] : [examples.length, longest, 2];
      return {
        x: tf.tensor(values, shape, 'float32'),
        y: tf.tensor1d(
          [...examples].map((k) => k % 2),
          'int32',
        ),
        lengths: Int32Array.from(lengths),
      };
    },
  );
}

const kinds: [name: string, options: Partial<SpikingSSMOptions>][] = [
  ['spiking', {}],
  ['bidirectional', { bidirectional: true }],
  ['with dropout', { dropout: 0.5 }],
  ['with batch norm', { norm: { placement: 'post', kind: 'batch' } }],
  ['with layer norm before', { norm: { placement: 'pre', kind: 'layer' } }],
  ['SDN', { neuron: 'sdn' }],
  ['of the last step', { pool: 'last' }],
  ['without spikes', { neuron: 'gelu', threshold: 'fixed' }],
  ['of pairs', { pairs: true }],
  ['of pairs, bidirectional', { pairs: true, bidirectional: true }],
];

function build(options: Partial<SpikingSSMOptions>): SpikingSSM {
  const sizes = {
    inputs: { kind: 'real', size: 2 },
    classes: 2,
    H: 6,
    N: 4,
    layers: 2,
    norm: 'none',
    v_th: 0.3,
    seed: 1,
  } as const;
  return spikingSSM({ ...sizes, ...options });
}

/** All that a report says of the data, as plain numbers. */
function said(report: Report): unknown {
  const { seconds: _, spikes, currents, ...rest } = report;
  const own = [...spikes, ...currents].map((record) => [record.lengths, [...ownValues(record as never)]]);
  return JSON.parse(JSON.stringify({ ...rest, own }));
}

describe.each(kinds)('a model %s', (_, options) => {
  it.each([
    ['zeros', 0],
    ['ones', 1],
    ['sevens', 7],
  ])('is counted as if there were no padding (%s)', async (_, filling) => {
    const model = build(options);
    const pairs = options.pairs ?? false;
    const keep: EvaluateOptions = { keepSpikes: 6 };
    // One at a time, a sequence has no padding at all (of a pair the shorter one has a little).
    const alone = await evaluate(model, ragged({ pairs, filling: 0 }), { ...keep, batch: 1 });
    const padded = await evaluate(model, ragged({ pairs, filling, L: 12 }), { ...keep, batch: 4 });
    expect(JSON.stringify(said(alone)).length).toBeGreaterThan(500);
    close(said(padded), said(alone));
    expect(padded.L).toBeCloseTo((26 / 6) * (pairs ? 2 : 1), 12);
    close(neurobench(padded, model), neurobench(alone, model));
    if (padded.layers.length > 0) {
      const spikes = padded.layers.map((layer) => layer.rate * 26 * layer.H);
      expect(spikes.every((count) => count > 0.5)).toBe(true);
      const counted = padded.spikes.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
      // The records hold no spike behind an end.
      close(counted, spikes);
      const found = await activity(model, ragged({ pairs, filling, L: 12 }), { batch: 4 });
      expect(found.rate).toBeCloseTo(alone.rate, 12);
      expect([...found.layers[0].sequences]).toEqual(
        Array.from({ length: 9 }, (_, t) => LENGTHS.filter((length) => length > t).length),
      );
    }
    model.dispose();
  });
});

/** Numbers of float32 sums in another order are not the same to the last digit. */
function close(found: unknown, expected: unknown, path = ''): void {
  if (typeof expected === 'number') {
    expect(typeof found, path).toBe('number');
    expect(Math.abs((found as number) - expected), `${path}: ${found} and ${expected}`).toBeLessThan(
      1e-5 * Math.max(1, Math.abs(expected)),
    );
    return;
  }
  if (typeof expected !== 'object' || expected === null) {
    expect(found, path).toEqual(expected);
    return;
  }
  expect(Object.keys(found as object), path).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) {
    close((found as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}

describe('records of sequences', () => {
  it('go as far as each sequence does, over batches of different lengths', async () => {
    const model = build({});
    const { spikes, currents } = await evaluate(model, ragged(), { batch: 2, keepSpikes: 5 });
    expect(spikes[0].shape).toEqual([5, 9, 6]);
    expect(spikes[0].lengths).toEqual([9, 3, 6, 1, 5]);
    expect(currents[1].lengths).toEqual([9, 3, 6, 1, 5]);
    expect(neuronSeries(currents, { layer: 0, channel: 2, example: 1 })).toHaveLength(3);
    expect(ownValues(spikes[0])).toHaveLength(24 * 6);
    expect(ownValues(currents[0]).every((value) => value !== 0)).toBe(true);
    model.dispose();
  });
});

describe('inputs that are all -1, 0 or 1', () => {
  const binary = (filling: number): Dataset => ragged({ filling, value: () => 0 });

  /** The set with its numbers changed. */
  function mapped(set: Dataset, change: (value: number) => number): Dataset {
    return {
      ...set,
      batches: function* (options) {
        for (const batch of set.batches(options)) {
          const values = batch.x.dataSync().map((value) => change(value));
          batch.x.dispose();
          yield { ...batch, x: tf.tensor(values, batch.x.shape, 'float32') };
        }
      },
    };
  }

  it.each([
    ['spikes', (value: number) => (value > 0 ? 1 : 0), true],
    ['signs', (value: number) => Math.sign(value), true],
    ['counts of events', (value: number) => Math.max(0, Math.round(value)), false],
    ['real numbers', (value: number) => value, false],
    ['spikes of another size', (value: number) => (value > 0 ? 0.5 : 0), false],
  ])('are added by the encoder, not multiplied: %s', async (_, change, additions) => {
    const model = build({});
    let nonzero = 0;
    let seen = 0;
    const set = mapped(ragged({ filling: 0 }), (value) => change(value));
    for (const { x, y, lengths } of set.batches({ batch: 1 })) {
      const own = x.dataSync().subarray(0, 2 * lengths![0]);
      nonzero += own.filter((value) => value !== 0).length;
      seen += own.length;
      tf.dispose([x, y]);
    }
    expect(seen).toBe(52);
    const report = await evaluate(model, set, { batch: 3 });
    // Each input that is not 0 meets 6 weights; 6 sequences.
    const effective = (nonzero * 6) / 6;
    const { encoder, total } = report.operations!;
    expect(encoder.dense).toBeCloseTo(52, 9);
    expect(encoder.macs).toBeCloseTo(additions ? 0 : effective, 9);
    expect(encoder.acs).toBeCloseTo(additions ? effective : 0, 9);
    const { SynapticOperations } = neurobench(report, model);
    expect(SynapticOperations.Effective_ACs).toBe(total.acs);
    const spiking = report.operations!.layers.reduce((sum, { mixing }) => sum + mixing.acs, 0);
    expect(total.acs).toBeCloseTo(spiking + (additions ? effective : 0), 9);
    model.dispose();
  });

  it('are known by the sequences, not by what fills them up', async () => {
    const model = build({});
    const { encoder } = (await evaluate(model, binary(0.3), { batch: 6 })).operations!;
    expect(encoder).toEqual({ dense: encoder.dense, macs: 0, acs: 0 });
    model.dispose();
  });

  it('are not tokens, which multiply and add nothing', async () => {
    const model = build({ inputs: { kind: 'tokens', size: 2 } });
    const set: Dataset = indexedDataset(Uint32Array.of(0, 1), (examples) => ({
      x: tf.tensor2d(
        Int32Array.from({ length: 3 * examples.length }, (_, i) => i % 2),
        [examples.length, 3],
        'int32',
      ),
      y: tf.zeros([examples.length], 'int32'),
    }));
    const { encoder } = (await evaluate(model, set)).operations!;
    expect(encoder).toEqual({ dense: 0, macs: 0, acs: 0 });
    model.dispose();
  });
});
