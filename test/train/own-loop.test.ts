import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { random } from '../../src/random.js';
import { type Batch, disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { clipGradients } from '../../src/train/clip.js';
import { lossGradients } from '../../src/train/gradients.js';
import { adamW } from '../../src/train/optimizer.js';
import { gradients } from '../../src/train/parameter-gradients.js';
import { cosine } from '../../src/train/schedule.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';
import { standInTask } from './stand-in.js';

beforeAll(() => useBackend('cpu'));
const model = models({ classes: 3, inputs: { kind: 'real', size: 2 }, H: 6, N: 4, layers: 2, v_th: 0.3 });

function firstBatch(): Batch {
  for (const batch of standInTask().train.batches({ batch: 8 })) return batch;
  throw new Error('no batch');
}

const entropy = (logits: tf.Tensor, y: tf.Tensor): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(tf.oneHot(y, 3), logits) as tf.Scalar;

describe('gradients', () => {
  it('are those that train takes, by official name, of the same loss', () => {
    const [one, batch] = [model(), firstBatch()];
    const own = gradients(one, () => entropy(one.apply(batch.x, { training: true }), batch.y));
    const theirs = lossGradients(one, batch, random(0));
    expect(own.loss).toBeCloseTo(theirs.loss, 6);
    expect(Object.keys(own.gradients)).toEqual(Object.keys(theirs.gradients));
    expect(Object.keys(own.gradients)).toContain('decoder.weight');
    for (const [name, gradient] of Object.entries(theirs.gradients)) {
      expectClose(own.gradients[name].dataSync(), gradient.dataSync(), 1e-5, name);
    }
    tf.dispose([own.gradients, theirs.gradients]);
    disposeBatch(batch);
  });

  it('teach a model by a loop and a loss of one’s own, and leave no tensor', () => {
    const [one, task] = [model({ norm: { placement: 'pre', kind: 'layer' } }), standInTask()];
    const before = tf.memory().numTensors;
    const optimizer = adamW(one, { learningRate: 0.02 });
    const schedule = cosine({ steps: 40, warmup: 4 });
    const source = random(1);
    const losses: number[] = [];
    while (losses.length < 40) {
      for (const batch of task.train.batches({ batch: 8, random: source })) {
        const found = gradients(one, () => {
          const logits = one.apply(batch.x, { training: true, random: source });
          // The multi-class hinge loss, which train does not have.
          const own = tf.sum(tf.mul(logits, tf.oneHot(batch.y, 3)), 1, true);
          return tf.mean(tf.relu(tf.add(1, tf.sub(logits, own))));
        });
        const clipped = clipGradients(found.gradients, 1);
        optimizer.step(clipped, schedule(losses.length));
        losses.push(found.loss);
        tf.dispose(clipped);
        disposeBatch(batch);
      }
    }
    optimizer.dispose();
    const mean = (part: number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.7 * mean(losses.slice(0, 5)));
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a number', () => 3, /^gradients: the function must return the loss as a scalar tensor, got 3/],
    ['nothing', () => undefined, /got undefined/],
    ['a promise', async () => tf.scalar(1), /got \[object Promise\]/],
    ['a loss of each example', () => tf.zeros([8]), /got shape \[8\] \(tf.mean makes one/],
    ['what depends on no parameter', () => tf.scalar(1), /^gradients: the loss depends on no parameter/],
  ])('refuse %s', (_, objective, message) => {
    const one = model();
    expect(() => gradients(one, objective as () => tf.Scalar)).toThrow(message);
  });

  it('refuse numbers that are not finite, with the parameter’s name, and leave no tensor', () => {
    const [one, batch] = [model(), firstBatch()];
    const before = tf.memory().numTensors;
    const endless = () => tf.mul(Number.POSITIVE_INFINITY, entropy(one.apply(batch.x), batch.y));
    expect(() => gradients(one, endless)).toThrow(/^gradients: the loss is Infinity \(lower/);
    // sqrt(0) is 0 and its slope is not finite.
    const steep = () => tf.sqrt(tf.mean(tf.mul(one.parameters['decoder.bias'], 0)));
    expect(() => gradients(one, steep)).toThrow(/^gradients: the gradient of decoder.bias is not finite/);
    expect(() =>
      gradients(one, () => {
        one.apply(batch.x);
        throw new RangeError('of the user');
      }),
    ).toThrow('of the user');
    expect(tf.memory().numTensors).toBe(before);
    disposeBatch(batch);
  });
});

describe('clipGradients', () => {
  it('brings all together to the length, and leaves shorter ones as they are', () => {
    const given = { a: tf.tensor1d([3, 0]), b: tf.tensor2d([[4]]) };
    expect(clipGradients(given, 5)).toBe(given);
    const clipped = clipGradients(given, 1);
    expectClose(clipped.a.dataSync(), [0.6, 0], 1e-6, 'a');
    expectClose(clipped.b.dataSync(), [0.8], 1e-6, 'b');
    expect([given.a.isDisposed, given.b.isDisposed]).toEqual([true, true]);
    tf.dispose(clipped);
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses a length of %d', (longest) => {
    expect(() => clipGradients({}, longest)).toThrow(
      `clipGradients: longest must be a finite number above 0, got ${longest}`,
    );
  });

  it('refuses gradients that are not finite, and leaves them', () => {
    const given = { a: tf.tensor1d([3]), 'decoder.bias': tf.tensor1d([Number.NaN]) };
    expect(() => clipGradients(given, 1)).toThrow(
      /^clipGradients: the gradient of decoder.bias is not finite/,
    );
    expect(given.a.isDisposed).toBe(false);
    tf.dispose(given);
  });
});

describe('adamW', () => {
  it('takes what tf.variableGrads answers, by the variables’ names, as it takes official names', () => {
    const [one, other, batch] = [model({ seed: 4 }), model({ seed: 4 }), firstBatch()];
    const { grads } = tf.variableGrads(
      () => entropy(one.apply(batch.x), batch.y),
      Object.values(one.parameters),
    );
    expect(Object.keys(grads)).not.toContain('decoder.bias');
    const optimizer = adamW(one);
    optimizer.step(grads);
    const named = gradients(other, () => entropy(other.apply(batch.x), batch.y)).gradients;
    adamW(other).step(named, 1);
    for (const [name, variable] of Object.entries(one.parameters)) {
      expect(variable.dataSync(), name).toEqual(other.parameters[name].dataSync());
    }
    expect(Object.keys(optimizer.state().m)).toContain('decoder.bias');
    const both = { ...grads, 'decoder.bias': named['decoder.bias'] };
    expect(() => optimizer.step(both)).toThrow(/^adamW: two gradients are given for one parameter/);
    tf.dispose([grads, named]);
    disposeBatch(batch);
  });

  it('says what to do with gradients of another model, and refuses what is no gradient', () => {
    const [one, other, batch] = [model(), model(), firstBatch()];
    const optimizer = adamW(one);
    const { grads } = tf.variableGrads(
      () => entropy(other.apply(batch.x), batch.y),
      Object.values(other.parameters),
    );
    expect(() => optimizer.step(grads)).toThrow(
      /^adamW: the model has no parameter "\d+" \(gradients\(model, loss\) gives .*Object.values\(model.parameters\)\)$/,
    );
    expect(() => optimizer.step({ toString: grads[0] })).toThrow(/no parameter "toString"/);
    expect(() => optimizer.step({ 'decoder.bias': [1, 2, 3] as unknown as tf.Tensor })).toThrow(
      'adamW: the gradient of decoder.bias must be a tensor, got 1,2,3',
    );
    expect(() => optimizer.step({}, Number.NaN)).toThrow(/^adamW: scale must be .* at least 0, got NaN/);
    const [[, variable]] = Object.entries(one.parameters);
    const state = { step: 1, m: { [variable.name]: new Float32Array(variable.size) }, v: {} };
    expect(() => optimizer.restore(state)).toThrow(/^adamW: the model has no parameter/);
    tf.dispose(grads);
    disposeBatch(batch);
  });
});
