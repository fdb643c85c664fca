import { describe, expect, it } from 'vitest';
import type { Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import type { TrainOptions } from '../../src/train/options.js';
import type { StepEvent } from '../../src/train/run.js';
import { type Log, StandIn, standInTask } from './stand-in.js';

const quick = { batch: 8, learningRate: 0.05, seed: 3 };

describe('a run', () => {
  it('learns, and reports every step and epoch', async () => {
    const model = new StandIn();
    const run = await train(model, standInTask(), { ...quick, epochs: 20, warmup: 5 });
    expect(run.aborted).toBe(false);
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(run.epochs.map(({ epoch, step }) => [epoch, step])).toEqual(
      Array.from({ length: 20 }, (_, i) => [i + 1, 5 * (i + 1)]),
    );
    expect(run.epochs[19].trainLoss).toBeLessThan(0.5 * run.epochs[0].trainLoss);
    expect(run.epochs[19].validationAccuracy).toBeGreaterThan(0.9);
    expect(run.steps[0].learningRate).toBe(0);
    expect(run.steps[5].learningRate).toBe(0.05);
    expect(run.steps[99].learningRate).toBeLessThan(1e-4);
    expect(run.options).toMatchObject({
      epochs: 20,
      steps: 100,
      batch: 8,
      weightDecay: 0.01,
      evaluate: 'epoch',
    });
    expect(JSON.parse(JSON.stringify(run))).toEqual(run);
    model.dispose();
  });

  it('shows every example once an epoch, in another order each time, and keeps the last part batch', async () => {
    const log: Log = [];
    const model = new StandIn();
    await train(model, standInTask({ train: 11, log }), { batch: 4, epochs: 2, evaluate: false });
    expect(log.map((batch) => batch.length)).toEqual([4, 4, 3, 4, 4, 3]);
    const [first, second] = [log.slice(0, 3).flat(), log.slice(3).flat()];
    const all = Array.from({ length: 11 }, (_, i) => i);
    for (const epoch of [first, second]) expect([...epoch].sort((a, b) => a - b)).toEqual(all);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(all);
    model.dispose();
  });

  it('evaluates on the whole validation set, the last part batch included', async () => {
    const log: Log = [];
    const model = new StandIn();
    await train(model, standInTask({ log }), { ...quick, steps: 1 });
    const validated = log.flat().filter((example) => example >= 1000);
    expect(validated).toEqual(Array.from({ length: 25 }, (_, i) => 1000 + i));
    model.dispose();
  });

  it('gives the same numbers for the same seed, others for another', async () => {
    const results = [];
    for (const seed of [5, 5, 6]) {
      const model = new StandIn();
      const { steps } = await train(model, standInTask(), { ...quick, seed, steps: 8 });
      results.push(JSON.stringify([steps.map(({ loss }) => loss), model.values()]));
      model.dispose();
    }
    expect(results[1]).toBe(results[0]);
    expect(results[2]).not.toBe(results[0]);
  });

  it('leaves a parameter the loss does not use as it was', async () => {
    const model = new StandIn();
    await train(model, standInTask(), { ...quick, steps: 3 });
    expect(model.values()['norm.weight']).toEqual([1, 1, 1, 1, 1, 1]);
    model.dispose();
  });

  it('evaluates every so many steps, or never', async () => {
    const model = new StandIn();
    const some = await train(model, standInTask(), {
      ...quick,
      steps: 7,
      evaluate: 3,
      validationExamples: 10,
    });
    expect(some.epochs.map(({ step }) => step)).toEqual([3, 6, 7]);
    const none = await train(model, standInTask({ validation: 0 }), { ...quick, steps: 6, evaluate: false });
    expect(none.epochs.map(({ step, validationLoss }) => [step, validationLoss])).toEqual([
      [5, null],
      [6, null],
    ]);
    model.dispose();
  });

  it('holds no more tensors after 200 steps and evaluations than after the first', async () => {
    const model = new StandIn();
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await train(model, standInTask(), {
      ...quick,
      steps: 200,
      onStep: () => {
        counts.push(tf.memory().numTensors);
      },
    });
    expect(new Set(counts)).toEqual(new Set([before]));
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('onStep', () => {
  it('is called once a step, the last time with the final evaluation and the end', async () => {
    const events: StepEvent[] = [];
    const model = new StandIn();
    const run = await train(model, standInTask(), {
      ...quick,
      epochs: 1,
      onStep: (event) => void events.push(event),
    });
    expect(events.map(({ step, end }) => [step, end])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [4, null],
      [5, 'done'],
    ]);
    expect(events[0]).toMatchObject({ ...run.steps[0], steps: 5, epochs: 1, evaluation: null });
    expect(events[4].evaluation).toEqual(run.epochs[0]);
    model.dispose();
  });

  it('is awaited, and its error ends the run', async () => {
    const model = new StandIn();
    const failing = train(model, standInTask(), {
      ...quick,
      steps: 5,
      onStep: async ({ step }) => {
        if (step === 2) throw new Error('hook broke');
      },
    });
    await expect(failing).rejects.toThrow('hook broke');
    model.dispose();
  });

  it('that fails again as it hears of the end hides no error', async () => {
    const model = new StandIn();
    const heard: unknown[] = [];
    const onStep = ({ end }: StepEvent) => {
      heard.push(end);
      throw new Error(`hook broke, ${heard.length}`);
    };
    await expect(train(model, standInTask(), { ...quick, steps: 5, onStep })).rejects.toThrow(
      'hook broke, 1',
    );
    expect(heard).toEqual([null, 'failed']);
    model.dispose();
  });
});

describe('aborting', () => {
  it.each([
    [
      'from the hook',
      (abort: () => void) => ({ onStep: ({ step }: StepEvent) => (step === 3 ? abort() : undefined) }),
    ],
    [
      'from a timer',
      (abort: () => void) => ({
        // The timer of step 3 comes before those that later steps wait for, however slow the machine is.
        onStep: ({ step }: StepEvent) => {
          if (step === 3) setTimeout(abort, 1);
          return new Promise<void>((done) => setTimeout(done, 1));
        },
      }),
    ],
  ])('%s ends the run with what there is, and leaks nothing', async (_, hook) => {
    const model = new StandIn();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const run = await train(model, standInTask(), {
      ...quick,
      epochs: 100,
      signal: controller.signal,
      ...hook(() => controller.abort()),
    });
    expect(run.aborted).toBe(true);
    expect(run.steps.length).toBeGreaterThan(0);
    expect(run.steps.length).toBeLessThan(20);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.values(model.values()).flat().every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('tells the hook', async () => {
    const model = new StandIn();
    const controller = new AbortController();
    const ends: StepEvent['end'][] = [];
    await train(model, standInTask(), {
      ...quick,
      epochs: 100,
      signal: controller.signal,
      onStep: ({ end }) => {
        ends.push(end);
        if (ends.length === 2) controller.abort();
      },
    });
    expect(ends).toEqual([null, null, 'aborted']);
    model.dispose();
  });

  it('works inside an evaluation', async () => {
    const model = new StandIn();
    const controller = new AbortController();
    const task = standInTask();
    const validation: Dataset = {
      ...task.validation,
      take: () => ({
        ...task.validation,
        *batches(options) {
          for (const batch of task.validation.batches(options)) {
            yield batch;
            controller.abort();
          }
        },
      }),
    };
    const before = tf.memory().numTensors;
    const run = await train(
      model,
      { ...task, validation },
      { ...quick, steps: 1, signal: controller.signal },
    );
    expect(run).toMatchObject({ aborted: true, epochs: [] });
    expect(run.steps.length).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('before the start does nothing', async () => {
    const model = new StandIn();
    const before = model.values();
    const run = await train(model, standInTask(), { ...quick, signal: AbortSignal.abort() });
    expect(run).toMatchObject({ aborted: true, steps: [] });
    expect(model.values()).toEqual(before);
    model.dispose();
  });
});

describe('numbers that are not finite', () => {
  it('name the place in the input, and leave the parameters as they were', async () => {
    const model = new StandIn();
    const before = tf.memory().numTensors;
    const ends: StepEvent['end'][] = [];
    const run = train(model, standInTask({ train: 8, spoil: 4 }), {
      batch: 8,
      onStep: ({ end }) => void ends.push(end),
    });
    await expect(run).rejects.toThrow(
      /^train: the input of step 1 must hold finite numbers, got NaN at example \d, step 0, channel 0$/,
    );
    expect(Object.values(model.values()).flat().every(Number.isFinite)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('name the layer and the gradient', async () => {
    const model = new StandIn();
    tf.tidy(() => model.parameters['layers.0.A'].assign(tf.fill([2, 6], Infinity)));
    await expect(train(model, standInTask(), quick)).rejects.toThrow(
      /^train: .* at step 1; first non-finite parameter: layers\.0\.A; first non-finite signal: current of layer 0;.* \(lower the learning rate/,
    );
    model.dispose();
  });

  it('name the parameter', async () => {
    const model = new StandIn();
    tf.tidy(() => model.parameters['decoder.bias'].assign(tf.tensor1d([0, Infinity, 0])));
    await expect(train(model, standInTask(), quick)).rejects.toThrow(
      /^train: loss is NaN at step 1; first non-finite parameter: decoder\.bias; /,
    );
    model.dispose();
  });

  it('tell the hook that the run failed', async () => {
    const model = new StandIn();
    const events: StepEvent[] = [];
    const run = train(model, standInTask(), {
      ...quick,
      onStep: (event) => {
        events.push(event);
        if (event.step === 2)
          tf.tidy(() => model.parameters['decoder.bias'].assign(tf.fill([3], Number.NaN)));
      },
    });
    await expect(run).rejects.toThrow(/loss is NaN at step 3/);
    expect(events.map(({ step, end }) => [step, end])).toEqual([
      [1, null],
      [2, null],
      [2, 'failed'],
    ]);
    model.dispose();
  });

  it('are seen in the validation too', async () => {
    const model = new StandIn();
    const run = train(model, standInTask({ spoil: 1003 }), { ...quick, steps: 2 });
    await expect(run).rejects.toThrow(/^train: validation loss is NaN after step 2; /);
    model.dispose();
  });
});

describe('bad options', () => {
  const cases: [string, TrainOptions, RegExp][] = [
    ['an unknown one', { lr: 1 } as TrainOptions, /^train: unknown option "lr"/],
    ['epochs and steps', { epochs: 1, steps: 1 }, /^train: give epochs or steps, not both/],
    ['no step', { steps: 0 }, /^train: steps must be a whole number of at least 1, got 0/],
    ['part of a step', { steps: 2.5 }, /^train: steps must be a whole number of at least 1, got 2.5/],
    ['part of an epoch', { epochs: 0.5 }, /^train: epochs must be a whole number of at least 1, got 0.5/],
    ['an empty batch', { batch: 0 }, /^train: batch must be a whole number of at least 1, got 0/],
    [
      'a batch larger than the set',
      { batch: 41 },
      /^train: batch must be at most the 40 training examples, got 41/,
    ],
    [
      'a negative rate',
      { learningRate: -0.1 },
      /^train: learningRate must be a finite number of at least 0, got -0.1/,
    ],
    ['a rate that is no number', { learningRate: Number.NaN }, /^train: learningRate must be .*, got NaN/],
    [
      'a warm-up longer than the run',
      { steps: 5, warmup: 6 },
      /^train: warmup must be at most the run's 5 steps, got 6/,
    ],
    ['a seed with a fraction', { seed: 0.5 }, /seed must be a whole number, got 0.5/],
    [
      'an unknown evaluation',
      { evaluate: 'step' as 'epoch' },
      /^train: evaluate must be 'epoch', .*, got step/,
    ],
    ['no evaluation step', { evaluate: 0 }, /^train: evaluate must be a whole number of at least 1, got 0/],
    [
      'too many validation examples',
      { validationExamples: 26 },
      /^train: validationExamples must be at most the task's 25, got 26/,
    ],
  ];
  it.each(cases)('%s', async (_, options, message) => {
    const model = new StandIn();
    const before = model.values();
    const log: Log = [];
    await expect(train(model, standInTask({ log }), { batch: 8, ...options })).rejects.toThrow(message);
    expect(model.values()).toEqual(before);
    expect(log).toEqual([]);
    model.dispose();
  });

  it('a task without training or validation examples', async () => {
    const model = new StandIn();
    await expect(train(model, standInTask({ train: 0 }))).rejects.toThrow(
      /^train: the training set must hold at least/,
    );
    await expect(train(model, standInTask({ validation: 0 }), quick)).rejects.toThrow(
      /no validation examples \(pass evaluate: false\)/,
    );
    model.dispose();
  });

  it.each([
    ['an empty batch', [0, 5, 2], 0, /^train: a batch must hold at least one example, got an empty one/],
    [
      'a batch with too few labels',
      [4, 5, 2],
      3,
      /^train: a batch must have as many labels .* got x \[4, 5, 2\], y \[3\]/,
    ],
  ])('%s from the task', async (_, x, y, message) => {
    const model = new StandIn();
    const task = standInTask();
    const broken: Task = {
      ...task,
      train: { ...task.train, batches: () => [{ x: tf.zeros(x), y: tf.zeros<tf.Rank.R1>([y], 'int32') }] },
    };
    await expect(train(model, broken, quick)).rejects.toThrow(message);
    model.dispose();
  });

  it('a label the model has no class for', async () => {
    const model = new StandIn(2, 6, 2);
    await expect(train(model, standInTask(), quick)).rejects.toThrow(
      /^train: labels must be in 0 … 1, the model's classes, got 2/,
    );
    model.dispose();
  });

  it('a model without pool', async () => {
    const model = new StandIn();
    const unpooled = Object.assign(Object.create(model), {
      apply: (x: tf.Tensor) => tf.mul(x, model.parameters['decoder.bias'].slice(0, 1)),
    });
    await expect(train(unpooled, standInTask(), quick)).rejects.toThrow(
      /^train: the model must give logits \[8, classes\], got \[8, 5, 2\] \(a classifier needs a pool\)/,
    );
    model.dispose();
  });
});
