import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/layers/model.js';
import { crossEntropy } from '../../src/ops/cross-entropy/index.js';
import * as tf from '../../src/tf.js';
import { validate } from '../../src/train/validate.js';
import { StandIn, standInTask } from './stand-in.js';

describe('crossEntropy', () => {
  it('equals torch, also for logits whose exponentials overflow', () => {
    const logits = tf.tensor2d([1, 2, 3, 100, -100, 0], [2, 3]);
    const y = tf.tensor1d([0, 1], 'int32');
    // torch.nn.functional.cross_entropy in float64
    expect(crossEntropy(logits, y).loss.dataSync()[0]).toBeCloseTo(101.20380298222219, 4);
    tf.dispose([logits, y]);
  });

  it('is log(classes) where nothing is known', () => {
    const y = tf.tensor1d([3, 0], 'int32');
    const { loss, correct } = crossEntropy(tf.zeros([2, 10]), y);
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(10), 6);
    expect(correct.dataSync()[0]).toBe(1);
  });
});

describe('validate', () => {
  it('gives the same on the whole set whatever the batch', async () => {
    const model = new StandIn();
    const { validation } = standInTask();
    const whole = await validate(model, validation, { batch: 100 });
    expect(whole.examples).toBe(25);
    for (const batch of [1, 7, 25]) {
      const parts = await validate(model, validation, { batch });
      expect(parts.loss).toBeCloseTo(whole.loss, 5);
      expect(parts).toMatchObject({ accuracy: whole.accuracy, examples: 25 });
    }
    model.dispose();
  });

  it('runs the model in evaluation mode, shows its signals and progress, and leaks nothing', async () => {
    const model = new StandIn();
    const before = tf.memory().numTensors;
    const shapes: number[][] = [];
    const seen: number[][] = [];
    await validate(model, standInTask().validation, {
      batch: 10,
      probe: ({ value }) => void shapes.push(value.shape),
      onBatch: ({ batch, done, total }) => void seen.push([batch.y.size, done, total]),
    });
    expect(shapes).toEqual([
      [10, 5, 6],
      [10, 5, 6],
      [5, 5, 6],
    ]);
    expect(seen).toEqual([
      [10, 10, 25],
      [10, 20, 25],
      [5, 25, 25],
    ]);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('passes the true lengths on', async () => {
    const given: unknown[] = [];
    const model: Pick<Model, 'apply'> = {
      apply: (x, options) => {
        given.push(options?.lengths);
        return tf.zeros([x.shape[0], 3]);
      },
    };
    const lengths = Int32Array.of(2, 5);
    const batches = () => [{ x: tf.zeros([2, 5, 2]), y: tf.tensor1d([0, 1], 'int32'), lengths }];
    const { validation } = standInTask();
    await validate(model as Model, { ...validation, batches });
    expect(given).toEqual([lengths]);
  });

  it('throws the signal’s reason when aborted', async () => {
    const model = new StandIn();
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    const pass = validate(model, standInTask().validation, {
      batch: 10,
      signal: controller.signal,
      onBatch: () => controller.abort(new Error('enough')),
    });
    await expect(pass).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('refuses what it cannot measure', async () => {
    const model = new StandIn();
    const { validation } = standInTask({ validation: 0 });
    await expect(validate(model, validation)).rejects.toThrow(
      /^validate: the data set must hold at least one example/,
    );
    await expect(validate(model, validation, { batch: 0 })).rejects.toThrow(
      /^validate: batch must be a whole number/,
    );
    await expect(validate(model, validation, { bacth: 5 } as object)).rejects.toThrow(/did you mean "batch"/);
    model.dispose();
  });
});
