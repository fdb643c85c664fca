import { describe, expect, it } from 'vitest';
import { spikingSSM } from '../../../src/layers/spiking-ssm.js';
import { type Example, sequences } from '../../../src/tasks/own/sequences.js';
import * as tf from '../../../src/tf.js';
import { train } from '../../../src/train/loop.js';
import { validate } from '../../../src/train/validate.js';
import { contents } from './contents.js';

const three: Example[] = [
  { x: [1, 2, 3, 4], y: 'b' },
  { x: [5, 6], y: 'a' },
  { x: [7, 8, 9, 10, 11, 12], y: 'b' },
];
const all = { validation: 0, test: 0, channels: 2 };

describe('sequences', () => {
  it('of an array: padded, with their true lengths and numbered classes', async () => {
    const before = tf.memory().numTensors;
    const task = await sequences(three, { ...all, name: 'mine' });
    expect(task).toMatchObject({ name: 'mine', classes: 2, length: 3, input: { kind: 'real', size: 2 } });
    expect(task.classNames).toEqual(['a', 'b']);
    const [batch] = task.train.batches({ batch: 2 });
    expect(batch.x.shape).toEqual([2, 2, 2]);
    expect([...batch.x.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
    expect(batch.lengths).toEqual(Int32Array.of(2, 1));
    tf.dispose([batch.x, batch.y]);
    expect(contents(task.train)).toEqual([
      { x: [1, 2, 3, 4], y: 1 },
      { x: [5, 6], y: 0 },
      { x: [7, 8, 9, 10, 11, 12], y: 1 },
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('of an async iterator, with the sets it names and classes in a given order', async () => {
    async function* source(): AsyncGenerator<Example> {
      for (const set of ['train', 'test', 'validation'] as const) {
        await Promise.resolve();
        yield { x: Float64Array.of(1, 2), y: 10, set };
        yield { x: [3, 4], y: 9, set };
      }
    }
    const task = await sequences(source(), { classes: ['10', '9', '8'] });
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([2, 2, 2]);
    expect(contents(task.test)).toEqual([
      { x: [1, 2], y: 0 },
      { x: [3, 4], y: 1 },
    ]);
    expect(task.classes).toBe(3);
    const [batch] = task.train.batches({ batch: 2 });
    expect(batch.lengths).toBe(undefined);
    tf.dispose([batch.x, batch.y]);
    expect((await sequences(source())).classNames).toEqual(['9', '10']);
  });

  it('divided by a function of key and label', async () => {
    const named = three.map((example, i) => ({ ...example, key: `walk ${i}` }));
    const seen: object[] = [];
    const task = await sequences(named, {
      channels: 2,
      split: (example) => {
        seen.push(example);
        return example.key === 'walk 0' ? 'test' : 'train';
      },
    });
    expect(seen[1]).toEqual({ key: 'walk 1', label: 'a' });
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([2, 0, 1]);
  });

  it('keep a validation set that is named to what is named, as a test set', async () => {
    const source = Array.from({ length: 100 }, (_, i): Example => {
      const set = i < 20 ? 'validation' : i < 50 ? 'test' : undefined;
      return { x: [i], y: i % 2, set };
    });
    const task = await sequences(source);
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([50, 20, 30]);
  });

  it('are standardised by the training set alone', async () => {
    const values: Example[] = [
      { x: [0, 5, 2, 5], y: 0, set: 'train' },
      { x: [4, 5], y: 1, set: 'train' },
      { x: [100, 6], y: 0, set: 'test' },
    ];
    const task = await sequences(values, { channels: 2, standardise: true });
    const deviation = Math.sqrt(8 / 3);
    expect([...task.mean]).toEqual([2, 5]);
    expect(task.deviation[0]).toBeCloseTo(deviation, 12);
    // A channel that never changes keeps its scale.
    expect(task.deviation[1]).toBe(1);
    const [{ x }] = contents(task.test);
    expect(x[0]).toBeCloseTo(98 / deviation, 4);
    expect(x[1]).toBe(1);
    expect(contents(task.train)[1].x.map((v) => Number(v.toFixed(4)))).toEqual([
      Number((2 / deviation).toFixed(4)),
      0,
    ]);
  });

  it('train a model that takes true lengths', async () => {
    const source = Array.from({ length: 40 }, (_, i) => ({
      x: Array.from({ length: 6 + (i % 5) }, (_, t) => (i % 2 === 0 ? 1 : -1) * (1 + 0.1 * t)),
      y: i % 2 === 0 ? 'up' : 'down',
    }));
    const task = await sequences(source);
    const model = spikingSSM({ classes: 2, H: 8, N: 4, layers: 1, seed: 1 });
    const run = await train(model, task, { epochs: 6, batch: 8, learningRate: 0.03, seed: 1 });
    expect(run.steps.at(-1)!.loss).toBeLessThan(run.steps[0].loss);
    expect((await validate(model, task.test)).accuracy).toBe(1);
    model.dispose();
  });

  it.each([
    [[{ x: [1, 2, 3], y: 0 }], {}, /^sequences: example 0 has 3 numbers, not a multiple of the 2 channels$/],
    [
      [three[0], { x: [1, Number.NaN, 3, 4], y: 0 }],
      {},
      /^sequences: example 1 holds NaN at step 0, channel 1$/,
    ],
    [[{ x: [1, 1e39], y: 0 }], {}, /^sequences: example 0 holds 1e\+39 at step 0, channel 1$/],
    [[three[0], { x: [], y: 'a' }], {}, /^sequences: example 1 has no steps \(leave it out\)$/],
    [[three[0]], {}, /^sequences: at least two classes are needed, got only "b"$/],
    [[], {}, /^sequences: at least two classes are needed, got no example$/],
    [three, { classes: ['a', 'c'] }, /^sequences: example 0 is of class "b", which is not among a, c$/],
    [three, { classes: ['a', 'b', 'a'] }, /^sequences: classes has a name twice: a, b, a$/],
    [three, { channels: 0 }, /^sequences: channels must be a whole number of at least 1, got 0$/],
    [
      three,
      { validation: 0.5, test: 0.5 },
      /^sequences: validation and test must leave something to train on/,
    ],
    [three, { test: -1 }, /^sequences: test must be a share in \[0, 1\), got -1$/],
    [three, { split: () => 'val' }, /^sequences: split must return 'train', .* got val for example 0$/],
    [
      three,
      { split: () => undefined },
      /^sequences: split must return 'train', .* got undefined for example 0$/,
    ],
    [
      [three[0], { x: [1, null, 3, 4] as number[], y: 0 }],
      {},
      /^sequences: example 1 holds null at step 0, channel 1$/,
    ],
    [
      [three[0], { x: [1, 2], y: undefined as unknown as string }],
      {},
      /^sequences: example 1 must have a class y, a name or a number, got undefined$/,
    ],
    [three, { split: () => 'test' }, /^sequences: no example is left to train on \(got 3\)$/],
    [three, { chanels: 2 }, /^sequences: unknown option "chanels" \(did you mean "channels"\?/],
  ] as [Example[], object, RegExp][])('are refused: %#', async (source, options, message) => {
    await expect(sequences(source, { ...all, ...options })).rejects.toThrow(message);
  });
});
