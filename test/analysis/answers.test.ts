import { beforeAll, describe, expect, it } from 'vitest';
import { classAverages, classScores } from '../../src/analysis/class-scores.js';
import { evaluate } from '../../src/analysis/evaluate.js';
import { perClassTable } from '../../src/analysis/tables.js';
import type { Model } from '../../src/layers/model.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { noteTrainedOn } from '../../src/train/trained-on.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// True class, and the one whose logit is log 3 where the others have 0: of 4 classes it has 1/2. None is of class 3.
const LABELS = [0, 0, 0, 0, 1, 1, 2];
const SAID = [0, 0, 1, 3, 1, 0, 1];

/** Says the class that its one input is. */
const model: Model = {
  parameters: {},
  buffers: {},
  group: () => ({ decay: false }),
  apply: (x) =>
    tf.tidy(() => {
      const numbers = tf.cast(tf.reshape(x, x.shape.length === 3 ? [x.shape[0], -1] : [-1]), 'int32');
      const hot = tf.mul(tf.oneHot(numbers, 4), Math.log(3));
      return x.shape[2] === 1 ? tf.reshape(hot, [x.shape[0], 4]) : hot;
    }),
  dispose: () => undefined,
};

const data: Dataset = indexedDataset(
  Uint32Array.from(LABELS, (_, i) => i),
  (examples) => ({
    x: tf.tensor3d(
      [...examples].map((k) => SAID[k]),
      [examples.length, 1, 1],
    ),
    y: tf.tensor1d(
      [...examples].map((k) => LABELS[k]),
      'int32',
    ),
  }),
);

describe('answers of an evaluation', () => {
  it('are told example by example and class by class', async () => {
    const before = tf.memory().numTensors;
    const report = await evaluate(model, data, { batch: 3, classNames: ['a', 'b', 'c', 'd'] });
    expect(tf.memory().numTensors).toBe(before);
    expect(report.predictions).toEqual(SAID);
    expect(report.labels).toEqual(LABELS);
    expect(report.confidences).toHaveLength(7);
    for (const confidence of report.confidences!) expect(confidence).toBeCloseTo(0.5, 6);
    expect(report.probabilities).toBeNull();
    expect(report.confusion).toEqual([
      [2, 1, 0, 1],
      [1, 1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(report.accuracy).toBeCloseTo(3 / 7, 12);
    const [a, b, c, d] = report.perClass!;
    expect(a).toMatchObject({ class: 'a', support: 4, predicted: 3, precision: 2 / 3, recall: 0.5 });
    expect(a.f1).toBeCloseTo(4 / 7, 12);
    expect(b).toMatchObject({ support: 2, predicted: 3, precision: 1 / 3, recall: 0.5, f1: 0.4 });
    expect(c).toMatchObject({ support: 1, predicted: 0, precision: null, recall: 0, f1: 0 });
    expect(d).toMatchObject({ support: 0, predicted: 1, precision: null, recall: null, f1: null });
    const { macro, weighted, balancedAccuracy } = report.averages!;
    expect(macro.precision).toBeCloseTo((2 / 3 + 1 / 3) / 3, 12);
    expect(macro.recall).toBeCloseTo(1 / 3, 12);
    expect(macro.f1).toBeCloseTo((4 / 7 + 0.4) / 3, 12);
    expect(weighted.precision).toBeCloseTo((4 * (2 / 3) + 2 * (1 / 3)) / 7, 12);
    // Weighted by support, recall is accuracy.
    expect(weighted.recall).toBeCloseTo(3 / 7, 12);
    expect(balancedAccuracy).toBe(macro.recall);
    const plain = JSON.parse(JSON.stringify(report));
    expect(plain.perClass).toEqual(report.perClass);
    expect(plain.confusion).toEqual(report.confusion);
  });

  it('keep every probability where asked', async () => {
    const { probabilities } = await evaluate(model, data, { keepProbabilities: true });
    expect(probabilities).toHaveLength(7);
    probabilities![3].forEach((share, i) => {
      expect(share).toBeCloseTo([1 / 6, 1 / 6, 1 / 6, 1 / 2][i], 6);
    });
  });

  it('are named as in training, else by number, and as many as the model has classes', async () => {
    expect((await evaluate(model, data)).classNames).toEqual(['0', '1', '2', '3']);
    noteTrainedOn(model, { name: 'own', classes: 3, classNames: ['x', 'y', 'z'] });
    expect((await evaluate(model, data)).classNames).toEqual(['x', 'y', 'z', '3']);
    const classNames = ['p', 'q', 'r', 's'];
    expect((await evaluate(model, data, { classNames })).perClass?.[2].class).toBe('r');
    noteTrainedOn(model, undefined);
    await expect(evaluate(model, data, { classNames: ['p', 'q'] })).rejects.toThrow(
      "evaluate: classNames must name the model's 4 classes, got 2 names",
    );
  });

  it('at every step are counted class by class, without padding, and not kept one by one', async () => {
    const steps: Dataset = indexedDataset(Uint32Array.of(0, 1), (examples) => ({
      x: tf.tensor3d(
        [...examples].flatMap((k) => (k === 0 ? [0, 1, 1] : [2, 3, 3])),
        [examples.length, 3, 1],
      ),
      y: tf.tensor2d(
        [...examples].flatMap((k) => (k === 0 ? [0, 1, 0] : [2, 2, 2])),
        [examples.length, 3],
        'int32',
      ),
      lengths: Int32Array.from(examples, (k) => (k === 0 ? 3 : 1)),
    }));
    const each: Model = {
      ...model,
      apply: (x) =>
        tf.tidy(() => tf.cast(tf.oneHot(tf.cast(tf.reshape(x, [x.shape[0], -1]), 'int32'), 4), 'float32')),
    };
    const report = await evaluate(each, steps);
    expect(report).toMatchObject({ predictions: null, labels: null, confidences: null, accuracy: 0.75 });
    expect(report.confusion).toEqual([
      [1, 1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('agree with the accuracy of a model, pairs too', async () => {
    const pair = spikingSSM({ classes: 3, H: 3, N: 2, layers: 1, pairs: true, seed: 2 });
    const set: Dataset = indexedDataset(
      Uint32Array.from({ length: 9 }, (_, i) => i),
      (examples) => ({
        x: tf.tensor4d(
          [...examples].flatMap((k) => Array.from({ length: 10 }, (_, i) => Math.sin(7 * k + i))),
          [examples.length, 2, 5, 1],
        ),
        y: tf.tensor1d(
          [...examples].map((k) => k % 3),
          'int32',
        ),
      }),
    );
    const { accuracy, predictions, labels, averages } = await evaluate(pair, set, { batch: 4 });
    expect(predictions!.filter((one, i) => one === labels![i])).toHaveLength(Math.round(9 * accuracy!));
    expect(averages!.weighted.recall).toBeCloseTo(accuracy!, 12);
    pair.dispose();
  });

  it('in numbers are no classes', async () => {
    const numbers: Dataset = indexedDataset(Uint32Array.of(0, 1), (examples) => ({
      x: tf.zeros([examples.length, 1, 1]),
      y: tf.ones([examples.length, 4]),
    }));
    const report = await evaluate(model, numbers);
    expect(report).toMatchObject({ accuracy: null, predictions: null, confusion: null, perClass: null });
    expect(() => perClassTable(report)).toThrow('the model answers in numbers');
  });

  it('of a language model with parts are none, whose head tells no logits', async () => {
    const adaptive = { cutoffs: [4], divide: 2 };
    const words = spikingSSM({
      inputs: { kind: 'tokens', size: 12 },
      classes: 12,
      H: 4,
      N: 2,
      layers: 1,
      pool: 'none',
      tied: true,
      adaptive,
    });
    const set: Dataset = indexedDataset(Uint32Array.of(0, 1), (examples) => ({
      x: tf.zeros([examples.length, 3], 'int32'),
      y: tf.ones([examples.length, 3], 'int32'),
    }));
    const report = await evaluate(words, set);
    expect(report).toMatchObject({ confusion: null, perClass: null, averages: null, classNames: null });
    expect(() => perClassTable(report)).toThrow('perClassTable: the report has no classes');
    words.dispose();
  });

  it('out of the classes are refused as before', async () => {
    const bad = { ...data, batches: () => [{ x: tf.zeros([1, 1, 1]), y: tf.tensor1d([4], 'int32') }] };
    await expect(evaluate(model, bad)).rejects.toThrow('labels must be in 0 … 3');
  });
});

describe('perClassTable', () => {
  it('has a row a class and the two averages', () => {
    const perClass = classScores(
      [
        [1, 1],
        [0, 2],
      ],
      ['a', 'b'],
    );
    const table = perClassTable({ perClass, averages: classAverages(perClass) });
    expect(table.array('class')).toEqual(['a', 'b', 'macro average', 'weighted average']);
    expect(table.array('support')).toEqual([2, 2, 4, 4]);
    expect(table.array('predicted')).toEqual([1, 3, 4, 4]);
    expect(table.array('recall')).toEqual([0.5, 1, 0.75, 0.75]);
    expect(table.get('precision', 2)).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });
});
