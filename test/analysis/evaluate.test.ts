import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/analysis/evaluate.js';
import { neurobench } from '../../src/analysis/neurobench.js';
import { neuronSeries } from '../../src/analysis/records.js';
import { activityTable, reportTable, runTable } from '../../src/analysis/tables.js';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import type { Model } from '../../src/layers/model.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/**
 * Seven examples of four steps of one number. Example k holds k at its step 0 and 0 elsewhere. Its class is 1 from
 * example 5 on.
 */
function sevenExamples(lengths = false): Dataset {
  return indexedDataset(Uint32Array.from([0, 1, 2, 3, 4, 5, 6]), (examples) => ({
    x: tf.tensor3d([...examples].flatMap((k) => [[k], [0], [0], [0]]).flat(), [examples.length, 4, 1]),
    y: tf.tensor1d(
      [...examples].map((k) => (k >= 5 ? 1 : 0)),
      'int32',
    ),
    ...(lengths && { lengths: Int32Array.from(examples, (k) => (k < 4 ? 4 : 2)) }),
  }));
}

/** Neurons: one silent, one that spikes where the input is above 2, one at every step. Says class 1 from 4 on. */
const model: Model = {
  parameters: {},
  buffers: {},
  group: () => ({ decay: false }),
  apply: (x, options) =>
    tf.tidy(() => {
      const input = x as tf.Tensor3D;
      const value = tf.concat(
        [tf.zerosLike(input), tf.cast(tf.greater(input, 2), 'float32'), tf.onesLike(input)],
        2,
      ) as tf.Tensor3D;
      options?.probe?.({ layer: 0, name: 'current', value: tf.mul(value, 0.5) as tf.Tensor3D });
      options?.probe?.({ layer: 0, name: 'spikes', value });
      const one = tf.cast(tf.greater(tf.max(input, 1), 3), 'float32');
      return tf.concat([tf.zerosLike(one), tf.mul(one, Math.log(3))], 1);
    }),
  dispose: () => undefined,
};

describe('evaluate', () => {
  it('counts every example once, the last short batch too', async () => {
    const report = await evaluate(model, sevenExamples(), { batch: 3 });
    expect(report.examples).toBe(7);
    // Only example 4 is wrong: it is taken for class 1. Right ones above 3 are sure by 3 to 1, the others by 1 to 1.
    expect(report.accuracy).toBeCloseTo(6 / 7, 12);
    expect(report.loss).toBeCloseTo((4 * Math.log(2) + Math.log(4) + 2 * Math.log(4 / 3)) / 7, 6);
    expect(report.L).toBe(4);
  });

  it('counts both sequences of a pair', async () => {
    const pair = spikingSSM({ classes: 2, H: 3, N: 2, layers: 1, pairs: true, norm: 'none' });
    const set = (lengths?: Int32Array): Dataset =>
      indexedDataset(Uint32Array.of(0, 1), () => ({
        x: tf.ones([2, 2, 5, 1]),
        y: tf.tensor1d([0, 1], 'int32'),
        lengths,
      }));
    expect((await evaluate(pair, set(), { keepSpikes: 0 })).L).toBe(10);
    expect((await evaluate(pair, set(Int32Array.of(5, 4, 3, 2)), { keepSpikes: 0 })).L).toBe(7);
    pair.dispose();
  });

  it('counts spikes by layer and neuron', async () => {
    const { layers, rate } = await evaluate(model, sevenExamples(), { batch: 3 });
    expect([...layers[0].channelRates]).toEqual([0, 4 / 28, 1]);
    expect(layers[0]).toMatchObject({ layer: 0, H: 3, silent: 1, saturated: 1 });
    expect(rate).toBeCloseTo((4 / 28 + 1) / 3, 12);
  });

  it('leaves the padding out where lengths differ', async () => {
    const report = await evaluate(model, sevenExamples(true), { batch: 3 });
    expect(report.L).toBeCloseTo(22 / 7, 12);
    expect([...report.layers[0].channelRates]).toEqual([0, 4 / 22, 1]);
    expect(report.layers[0].saturated).toBe(1);
  });

  it('keeps spikes and currents of the first examples across batches', async () => {
    const { spikes, currents } = await evaluate(model, sevenExamples(), { batch: 3, keepSpikes: 5 });
    expect(spikes[0].shape).toEqual([5, 4, 3]);
    expect(spikes[0].values).toBeInstanceOf(Uint8Array);
    const middle = [0, 1, 2, 3, 4].map((example) => [
      ...neuronSeries(spikes, { layer: 0, channel: 1, example }),
    ]);
    expect(middle).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect([...neuronSeries(currents, { layer: 0, channel: 2, example: 4 })]).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect((await evaluate(model, sevenExamples(), { keepSpikes: 0 })).spikes).toEqual([]);
    expect(() => neuronSeries(spikes, { layer: 1, channel: 0 })).toThrow(
      'neuronSeries: no record of layer 1 (layers there: 0)',
    );
    expect(() => neuronSeries(spikes, { layer: 0, channel: 3 })).toThrow('channel below 3, got 0 and 3');
  });

  it('has no operations for a model of unknown shape, and says so', async () => {
    const report = await evaluate(model, sevenExamples());
    expect(report.operations).toBeNull();
    expect(report.energy).toBeNull();
    expect(() => reportTable(report)).toThrow('reportTable: the report has no operations');
  });

  it('leaks no tensor, and lets other work go on between batches', async () => {
    const before = tf.memory().numTensors;
    let turns = 0;
    let running = true;
    const count = () => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const seen: number[] = [];
    await evaluate(model, sevenExamples(), {
      batch: 2,
      onBatch: ({ done, total }) => seen.push(done / total),
    });
    running = false;
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(seen).toEqual([2 / 7, 4 / 7, 6 / 7, 1]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops at once when aborted, leaving no tensor', async () => {
    const before = tf.memory().numTensors;
    const control = new AbortController();
    const onBatch = () => control.abort(new Error('enough'));
    await expect(
      evaluate(model, sevenExamples(), { batch: 2, signal: control.signal, onBatch }),
    ).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses options it does not know', async () => {
    await expect(evaluate(model, sevenExamples(), { keepSpike: 1 } as never)).rejects.toThrow(
      'evaluate: unknown option "keepSpike" (did you mean "keepSpikes"?',
    );
    await expect(evaluate(model, sevenExamples(), { keepSpikes: 1.5 })).rejects.toThrow(
      'evaluate: keepSpikes must be a whole number of at least 0, got 1.5',
    );
  });
});

describe('evaluate of a SpikingSSM', () => {
  it('agrees with the spikes it kept, and counts the operations of those', async () => {
    const small = spikingSSM({ classes: 2, H: 6, N: 4, layers: 2, v_th: 0.2, norm: 'none', seed: 1 });
    const before = tf.memory().numTensors;
    const report = await evaluate(small, sevenExamples(), { batch: 4, keepSpikes: 7 });
    expect(tf.memory().numTensors).toBe(before);
    expect(report.spikes.map(({ shape }) => shape)).toEqual([
      [7, 4, 6],
      [7, 4, 6],
    ]);
    report.spikes.forEach(({ values }, layer) => {
      const count = values.reduce((sum, value) => sum + value, 0);
      expect(count).toBeGreaterThan(0);
      expect(report.layers[layer].rate).toBeCloseTo(count / (7 * 4 * 6), 12);
      expect(report.operations?.layers[layer].mixing.acs).toBeCloseTo((count / 7) * 12, 9);
    });
    // Six of 28 inputs are not zero, each meets 6 weights.
    expect(report.operations?.encoder.macs).toBeCloseTo((6 / 7) * 6, 9);
    expect(report.energy?.denseJoules).toBeCloseTo(4.6e-12 * report.operations!.total.dense, 20);

    const table = reportTable(report);
    expect(table.array('part')).toEqual([
      'encoder',
      'layer 0 state space',
      'layer 0 mixing',
      'layer 1 state space',
      'layer 1 mixing',
      'head',
      'total',
    ]);
    const energies = table.array('energy_uJ') as number[];
    expect(energies.slice(0, -1).reduce((sum, value) => sum + value, 0)).toBeCloseTo(energies[6], 12);
    expect(table.get('rate', 6)).toBe(report.rate);
    expect(activityTable(report).objects()[1]).toMatchObject({ layer: 1, neurons: 6 });
    small.dispose();
  });
});

describe('zeros', () => {
  it('are what spikes leave where neurons spike', async () => {
    const { zeros, rate } = await evaluate(model, sevenExamples());
    expect(rate).toBeGreaterThan(0.1);
    expect(zeros).toBeCloseTo(1 - rate, 12);
  });

  it.each(['cpu', 'native'] as const)(
    'on %s are counted one by one where neurons send real numbers, without the padding',
    async (backend) => {
      if (availableBackends()[backend] !== true) return;
      await useBackend(backend);
      const graded = spikingSSM({
        classes: 2,
        H: 3,
        N: 2,
        layers: 2,
        neuron: 'gelu',
        threshold: 'fixed',
        norm: 'none',
        seed: 1,
      });
      const report = await evaluate(graded, sevenExamples(true));
      expect(report).toMatchObject({ rate: 0, layers: [], zeros: 0 });
      expect(neurobench(report, graded).ActivationSparsity).toBe(0);
      // One channel of three of each layer says 0: no input, and none of its own past.
      for (const i of [0, 1]) {
        const { D, 'kernel.C': C } = Object.fromEntries(
          ['D', 'kernel.C'].map((name) => [name, graded.parameters[`model.s4_layers.${i}.${name}`]]),
        );
        const silent = (of: tf.Tensor, axis: number) =>
          tf.mul(
            of,
            tf.reshape(
              tf.tensor1d([0, 1, 1]),
              of.shape.map((_, a) => (a === axis ? 3 : 1)),
            ),
          );
        tf.tidy(() => {
          D.assign(silent(D, 1));
          C.assign(silent(C, 1));
        });
      }
      const silenced = await evaluate(graded, sevenExamples(true), { batch: 3 });
      expect(silenced.zeros).toBeCloseTo(1 / 3, 12);
      expect(neurobench(silenced, graded).ActivationSparsity).toBeCloseTo(1 / 3, 12);
      graded.dispose();
      await useBackend('cpu');
    },
  );
});

describe('runTable', () => {
  it('has a row an evaluation, with null for what was not measured', () => {
    const epochs = [
      {
        epoch: 1,
        step: 10,
        trainLoss: 2,
        trainAccuracy: 0.1,
        validationLoss: null,
        validationAccuracy: null,
      },
      { epoch: 2, step: 20, trainLoss: 1, trainAccuracy: 0.5, validationLoss: 1.5, validationAccuracy: 0.4 },
    ];
    expect(runTable({ epochs }).objects()).toEqual([
      {
        epoch: 1,
        step: 10,
        train_loss: 2,
        train_accuracy: 0.1,
        validation_loss: null,
        validation_accuracy: null,
      },
      {
        epoch: 2,
        step: 20,
        train_loss: 1,
        train_accuracy: 0.5,
        validation_loss: 1.5,
        validation_accuracy: 0.4,
      },
    ]);
  });
});
