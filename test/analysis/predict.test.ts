import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/analysis/evaluate.js';
import { predict } from '../../src/analysis/predict.js';
import { useBackend } from '../../src/backend/index.js';
import { csv } from '../../src/tasks/own/csv.js';
import { type Example, sequences } from '../../src/tasks/own/sequences.js';
import * as tf from '../../src/tf.js';
import { saveCheckpoint } from '../../src/train/checkpoint.js';
import { loadModel, loadRun } from '../../src/train/load-model.js';
import { train } from '../../src/train/loop.js';
import { noteTrainedOn, trainedOn } from '../../src/train/trained-on.js';
import { models } from '../models.js';
import { StandIn } from '../train/stand-in.js';

const folder = mkdtempSync(join(tmpdir(), 'predict-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));
const model = models({
  classes: 2,
  H: 8,
  N: 4,
  layers: 1,
  norm: { placement: 'pre', kind: 'layer' },
  seed: 1,
});

/** Rows around 500 that fall or rise by two: only less their mean are they anything to a network. */
const raw = Array.from({ length: 60 }, (_, i) => ({
  x: Array.from({ length: 8 }, (_, t) => 500 + (i % 7) / 10 + (i % 2 ? 1 : -1) * (t - 3.5) * 0.3),
  y: i % 2 ? 'rises' : 'falls',
}));

async function trained(path: string) {
  const file = join(folder, 'rows.csv');
  const lines = raw.map(({ x, y }) => [...x, y].join(','));
  writeFileSync(file, [`${raw[0].x.map((_, t) => `t${t}`).join(',')},class`, ...lines].join('\n'));
  const task = await csv(file, { label: 'class', standardise: true });
  const one = model();
  await train(one, task, { steps: 60, batch: 16, learningRate: 0.02, evaluate: 20, folder: path });
  return { one, task };
}

describe('predict', () => {
  it('gives a model back from its run or file as good on raw rows as it was: 1.00', async () => {
    const path = join(folder, 'run');
    const { one, task } = await trained(path);
    expect((await evaluate(one, task.test)).accuracy).toBe(1);
    const right = (from: Parameters<typeof predict>[0]) =>
      predict(
        from,
        raw.map(({ x }) => x),
      ).filter((found, i) => found.class === raw[i].y).length;
    expect(right(one)).toBe(raw.length);
    for (const from of [path, join(path, 'best.safetensors'), join(path, 'last.safetensors')]) {
      const back = loadModel(from);
      expect(trainedOn(back)).toMatchObject({
        classNames: ['falls', 'rises'],
        preparation: { mean: [expect.any(Number)] },
      });
      expect(right(back)).toBe(raw.length);
      back.dispose();
    }
    // What it would be without: half of them.
    const back = loadRun(path);
    const bare = predict(
      back,
      raw.map(({ x }) => x),
      { prepared: true },
    );
    expect(bare.filter((found, i) => found.class === raw[i].y)).toHaveLength(raw.length / 2);
    const file = join(folder, 'alone.safetensors');
    saveCheckpoint(file, back);
    const alone = loadModel(file);
    expect(right(alone)).toBe(raw.length);
    for (const each of [back, alone]) each.dispose();
  });

  it('prepares as the task did, to the last bit', async () => {
    const { one, task } = await trained(join(folder, 'bits'));
    const [batch] = task.test.batches({ batch: 100 });
    const ours = predict(one, batch.x, { prepared: true });
    const mean = trainedOn(one)?.preparation?.mean?.[0] as number;
    const deviation = trainedOn(one)?.preparation?.deviation?.[0] as number;
    const values = raw.map(({ x }) => Math.fround((Math.fround(x[0]) - mean) / deviation));
    expect(values).toContain(batch.x.dataSync()[0]);
    expect(
      predict(
        one,
        raw.map(({ x }) => x),
      ),
    ).toContainEqual(ours[0]);
  });

  it('takes tensors, rows and numbers one after the other, of any lengths, and leaks nothing', async () => {
    const examples: Example[] = Array.from({ length: 20 }, (_, i) => ({
      x: Float32Array.from({ length: 3 * (4 + (i % 3)) }, (_, j) => Math.sin(i + j) * 3 + 1),
      y: i % 2,
    }));
    const task = await sequences(examples, { channels: 3, standardise: true, test: 0.2 });
    const one = model({ inputs: task.input });
    await train(one, task, { steps: 2, batch: 4 });
    const before = tf.memory().numTensors;
    const flat = predict(
      one,
      examples.map(({ x }) => x),
    );
    expect(flat.map(({ class: name }) => name).every((name) => name === '0' || name === '1')).toBe(true);
    const rows = examples.map(({ x }) =>
      Array.from({ length: x.length / 3 }, (_, t) => [x[3 * t], x[3 * t + 1], x[3 * t + 2]]),
    );
    expect(predict(one, rows)).toEqual(flat);
    const same = (found: ReturnType<typeof predict>) =>
      found.forEach(({ probabilities }, i) => {
        expect(probabilities['0']).toBeCloseTo(flat[i].probabilities['0'], 5);
        expect(probabilities['0'] + probabilities['1']).toBeCloseTo(1, 10);
      });
    same(
      predict(
        one,
        examples.map(({ x }) => x),
        { batch: 3 },
      ),
    );
    const L = 6;
    const padded = tf.tensor3d(
      examples.flatMap(({ x }) => [...Array.from(x), ...new Array(3 * L - x.length).fill(99)]),
      [20, L, 3],
    );
    same(predict(one, padded, { lengths: examples.map(({ x }) => x.length / 3) }));
    padded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes token numbers, and classes without names by number', () => {
    const one = model({ inputs: { kind: 'tokens', size: 9 }, classes: 3 });
    const found = predict(one, [[1, 2, 3], [8]]);
    const x = tf.tensor2d(
      [
        [1, 2, 3],
        [8, 0, 0],
      ],
      [2, 3],
      'int32',
    );
    expect(predict(one, x, { lengths: [3, 1] })).toEqual(found);
    expect(Object.keys(found[0].probabilities)).toEqual(['0', '1', '2']);
    expect(found[0].class).toBe(String(found[0].number));
    expect(() => predict(one, [[1, 9]])).toThrow(/token numbers in \[0, 9\)/);
    x.dispose();
  });

  it.each<[string, unknown, object, RegExp]>([
    ['one sequence', [1, 2, 3], {}, /of one sequence pass \[sequence\]/],
    ['one typed sequence', Float32Array.of(1, 2), {}, /x must be a tensor or a list of sequences/],
    ['text', 'abc', {}, /x must be a tensor or a list of sequences/],
    ['a missing value', [[1, 2, null, 4]], {}, /sequence 0 holds null at step 1, channel 0/],
    [
      'not a number',
      [
        [1, 2],
        [1, Number.NaN],
      ],
      {},
      /sequence 1 holds NaN at step 0, channel 1/,
    ],
    ['text in a row', [[['1', '2']]], {}, /sequence 0 holds 1 at step 0/],
    ['too few channels', [[[1], [2]]], {}, /sequence 0 must have 2 numbers a step, got 1 at step 0/],
    ['an odd number', [[1, 2, 3]], {}, /sequence 0 has 3 numbers, not a multiple of the 2 of a step/],
    ['no step', [[]], {}, /sequence 0 has no steps/],
    ['another option', [[1, 2]], { length: 2 }, /^predict: unknown option "length"/],
    ['lengths of lists', [[1, 2]], { lengths: [1] }, /lengths is for tensors/],
  ])('refuses %s', (_, x, options, message) => {
    const one = model({ inputs: { kind: 'real', size: 2 } });
    expect(() => predict(one, x as number[][], options)).toThrow(message);
  });

  it('refuses tensors of another form, and models that answer otherwise', async () => {
    const one = model({ inputs: { kind: 'real', size: 2 } });
    const x = tf.zeros([1, 4, 3]);
    expect(() => predict(one, x)).toThrow('predict: x must be [n, L, 2], got [1, 4, 3]');
    expect(() => predict(one, tf.zeros([1, 4]))).toThrow('predict: x must be [n, L, 2], got [1, 4]');
    expect(() => predict(one, tf.zeros([1, 4, 2]), { lengths: [5] })).toThrow(/from 1 to 4, got 5 at 0/);
    expect(() => predict(model({ pool: 'none' }), [[1]])).toThrow(/answers at every step/);
    expect(() => predict(model({ pairs: true }), [[1]])).toThrow(/reads pairs/);
    expect(() => predict(new StandIn(), [[1]])).toThrow(/must be a spikingSSM/);
    noteTrainedOn(one, { name: 'load', classes: 1, targets: 'real' });
    expect(() => predict(one, [[1, 2]])).toThrow(/the model says numbers and no class/);
    noteTrainedOn(one, undefined);
    const { task } = await trained(join(folder, 'set'));
    expect(() => predict(one, task.test as never)).toThrow(/evaluate takes a data set/);
  });
});
