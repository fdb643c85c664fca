import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { random } from '../../src/random.js';
import type { Batch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { lossGradients } from '../../src/train/gradients.js';
import { train } from '../../src/train/loop.js';
import { accumulatedGradients } from '../../src/train/micro-batch.js';
import { adamW } from '../../src/train/optimizer.js';
import { trainStep } from '../../src/train/step.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';
import { StandIn, standInTask } from './stand-in.js';

beforeAll(() => useBackend('cpu'));
const model = models({ classes: 3, inputs: { kind: 'real', size: 2 }, H: 6, N: 4, layers: 2, v_th: 0.3 });

/** Sequences of different true length. */
function batch(size: number): Batch {
  const source = random(5);
  return {
    x: tf.tensor3d(Float32Array.from({ length: size * 12 * 2 }, source.normal), [size, 12, 2]),
    y: tf.tensor1d(
      Int32Array.from({ length: size }, (_, i) => i % 3),
      'int32',
    ),
    lengths: Int32Array.from({ length: size }, (_, i) => 12 - (i % 4)),
  };
}

describe('accumulated gradients', () => {
  it.each([1, 3, 4, 10])('in parts of %i are those of the whole batch', (size) => {
    const one = model({ norm: { placement: 'pre', kind: 'layer' } });
    const whole = lossGradients(one, batch(10), random(0), { ratePenalty: 2 });
    const parts = accumulatedGradients(one, batch(10), random(0), size, { ratePenalty: 2 });
    expect(Object.keys(parts.gradients)).toEqual(Object.keys(whole.gradients));
    for (const [name, gradient] of Object.entries(whole.gradients)) {
      expectClose(parts.gradients[name].dataSync(), gradient.dataSync(), 2e-6, name);
    }
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(parts.rate).toBeCloseTo(whole.rate!, 6);
    expect([parts.correct, parts.examples, parts.tokens]).toEqual([
      whole.correct,
      whole.examples,
      whole.tokens,
    ]);
    expect(whole.tokens).toBe(10 * 12 - (0 + 1 + 2 + 3 + 0 + 1 + 2 + 3 + 0 + 1));
  });

  it('differ with batch norm, whose statistics are of one part', () => {
    const one = model({ norm: { placement: 'pre', kind: 'batch' } });
    const whole = lossGradients(one, batch(10), random(0));
    const parts = accumulatedGradients(one, batch(10), random(0), 5);
    expect(Math.abs(parts.loss - whole.loss)).toBeGreaterThan(1e-4);
  });

  it('leak nothing', () => {
    const one = model();
    const given = batch(10);
    const before = tf.memory().numTensors;
    tf.dispose(accumulatedGradients(one, given, random(0), 4).gradients);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leak nothing where a label is no class of the model', () => {
    const one = model({ norm: { placement: 'pre', kind: 'batch' } });
    const given = batch(10);
    given.y.dispose();
    given.y = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 9, 1, 2], 'int32');
    const before = tf.memory().numTensors;
    expect(() => accumulatedGradients(one, given, random(0), 4, { ratePenalty: 1 })).toThrow(
      "train: labels must be in 0 … 2, the model's classes, got 9",
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('train a model as the large batch does', async () => {
    const [whole, parts] = [model({ seed: 2 }), model({ seed: 2 })];
    const options = { steps: 6, batch: 9, learningRate: 0.003, evaluate: false } as const;
    const first = await train(whole, standInTask(), options);
    const second = await train(parts, standInTask(), { ...options, microBatch: 2 });
    expectClose(
      second.steps.map(({ loss }) => loss),
      first.steps.map(({ loss }) => loss),
      1e-5,
      'loss',
    );
  });
});

describe('clipping', () => {
  it('bounds the length of all gradients together, and reports the length before', async () => {
    const [free, clipped] = [new StandIn(), new StandIn()];
    const options = { steps: 1, batch: 8, evaluate: false } as const;
    const first = await train(free, standInTask(), options);
    const { gradientNorm } = first.steps[0];
    expect(gradientNorm).toBeGreaterThan(0.1);
    const second = await train(clipped, standInTask(), { ...options, clip: 2 * gradientNorm });
    expect(second.steps[0].gradientNorm).toBe(gradientNorm);
    expect(clipped.values()).toEqual(free.values());
    free.dispose();
    clipped.dispose();
  });

  it('scales the gradients that the optimiser sees', async () => {
    const task = standInTask();
    const [batch] = task.train.batches({ batch: 8 });
    const one = new StandIn();
    const { gradients } = lossGradients(one, batch, random(1));
    const norm = Math.hypot(...Object.values(gradients).flatMap((gradient) => [...gradient.dataSync()]));
    const seen: Record<string, tf.Tensor> = {};
    const optimizer = {
      learningRate: 1,
      step: (given: Readonly<Record<string, tf.Tensor>>) => {
        for (const [name, gradient] of Object.entries(given)) seen[name] = gradient.clone();
      },
      state: () => ({ step: 0, m: {}, v: {} }),
      restore: () => {},
      dispose: () => {},
    };
    trainStep(one, batch, optimizer, 1, random(1), 1, { clip: norm / 4 });
    for (const [name, gradient] of Object.entries(gradients)) {
      expectClose(seen[name].dataSync(), tf.mul(gradient, 0.25).dataSync(), 1e-6, name);
    }
    tf.dispose([gradients, seen, batch.x, batch.y]);
    one.dispose();
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses %d', async (clip) => {
    const one = new StandIn();
    await expect(train(one, standInTask(), { batch: 8, clip })).rejects.toThrow(
      `train: clip must be a finite number above 0 or false, got ${clip}`,
    );
    one.dispose();
  });
});

describe('spiking rate', () => {
  it('is that of the model, over true lengths, and costs no gradient', () => {
    const one = model();
    const given = batch(4);
    let [sum, count] = [0, 0];
    tf.tidy(() =>
      one.apply(given.x, {
        lengths: given.lengths,
        probe: ({ name, value }) => {
          if (name !== 'spikes') return;
          const spikes = value.arraySync();
          spikes.forEach((example, b) => {
            const length = given.lengths![b];
            sum +=
              example
                .slice(0, length)
                .flat()
                .reduce((a, v) => a + v, 0) /
              (length * 6 * 4);
          });
          count++;
        },
      }),
    );
    const plain = lossGradients(one, given, random(0));
    expect(plain.rate).toBeCloseTo(sum / count, 6);
    expect(plain.rate).toBeGreaterThan(0.01);
    tf.dispose(plain.gradients);
  });

  it('is pulled down by a penalty, to its target', async () => {
    const rates = [];
    for (const options of [{}, { ratePenalty: 20 }, { ratePenalty: 20, rateTarget: 0.9 }]) {
      const one = model({ seed: 3 });
      const run = await train(one, standInTask(), {
        steps: 40,
        batch: 10,
        learningRate: 0.01,
        evaluate: false,
        ...options,
      });
      rates.push(run.steps.at(-1)!.rate!);
    }
    expect(rates[1]).toBeLessThan(0.5 * rates[0]);
    expect(rates[2]).toBeCloseTo(rates[0], 10);
  });

  it('is null for a model without spikes', () => {
    const one = model({ neuron: 'gelu', threshold: 'fixed' });
    const { rate, gradients } = lossGradients(one, batch(4), random(0), { ratePenalty: 1 });
    expect(rate).toBeNull();
    tf.dispose(gradients);
  });

  it('refuses a negative penalty', async () => {
    const one = new StandIn();
    await expect(train(one, standInTask(), { batch: 8, ratePenalty: -1 })).rejects.toThrow(
      'train: ratePenalty must be a finite number of at least 0, got -1',
    );
    one.dispose();
  });
});

describe('pairs of sequences of real numbers', () => {
  const pairs = (lengths?: Int32Array): Batch => ({
    x: tf.tensor4d(Float32Array.from({ length: 3 * 2 * 5 * 2 }, random(5).normal), [3, 2, 5, 2]),
    y: tf.tensor1d([0, 1, 2], 'int32'),
    lengths,
  });

  it('have a length each, and count by their steps', () => {
    const one = model({ pairs: true });
    const lengths = Int32Array.of(5, 4, 3, 5, 1, 2);
    for (const [given, tokens] of [
      [pairs(), 30],
      [pairs(lengths), 20],
    ] as const) {
      const whole = lossGradients(one, given, random(0));
      const parts = accumulatedGradients(one, given, random(0), 2);
      expect([whole.tokens, parts.tokens]).toEqual([tokens, tokens]);
      expect(parts.loss).toBeCloseTo(whole.loss, 6);
    }
  });

  it('are told apart where a number is not finite', () => {
    const one = model({ pairs: true });
    const { x, y } = pairs();
    const values = x.dataSync().slice();
    values[17] = Number.NaN;
    const spoilt = { x: tf.tensor(values, x.shape), y };
    expect(() => trainStep(one, spoilt, adamW(one), 1, random(0), 1)).toThrow(
      'train: the input of step 1 must hold finite numbers, got NaN at example 0, sequence 1, step 3, channel 1',
    );
  });
});
