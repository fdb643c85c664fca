import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import type { SpikingSSM } from '../../src/layers/spiking-ssm.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { models } from '../models.js';
import { CLASSES, L, rhythms, SIZE } from './rhythms.js';

beforeAll(() => useBackend('cpu'));

const model = models({
  inputs: { kind: 'real', size: SIZE },
  classes: CLASSES,
  H: 8,
  N: 4,
  layers: 2,
  seed: 1,
});

const numbers = ({ parameters, buffers }: SpikingSSM) =>
  JSON.stringify(Object.entries({ ...parameters, ...buffers }).map(([name, v]) => [name, ...v.dataSync()]));

const KINDS: [string, Partial<SpikingSSMOptions>][] = [
  ['bptt', {}],
  ['sltt, shared threshold', { neuron: 'sltt', threshold: 'shared' }],
  ['sdn, batch norm', { neuron: 'sdn', norm: { placement: 'pre', kind: 'batch' } }],
  ['dropout, layer norm', { dropout: 0.2, norm: { placement: 'post', kind: 'layer' } }],
  ['bidirectional, trained B', { bidirectional: true, trainableB: true }],
];

describe.each(KINDS)('%s', (_, options) => {
  test('over 200 steps the number of tensors stays flat and the loss falls', async () => {
    const one = model(options);
    const before = tf.memory().numTensors;
    const counts = new Set<number>();
    const run = await train(one, rhythms(), {
      steps: 200,
      batch: 8,
      learningRate: 0.01,
      warmup: 10,
      onStep: () => void counts.add(tf.memory().numTensors),
    });
    expect(counts).toEqual(new Set([before]));
    const mean = (steps: typeof run.steps) => steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;
    expect(mean(run.steps.slice(-20))).toBeLessThan(0.5 * mean(run.steps.slice(0, 20)));
    expect(run.epochs.at(-1)?.validationAccuracy).toBeGreaterThan(0.8);
  });

  test('same seed, same parameters to the bit', async () => {
    const results = [];
    for (const seed of [4, 4, 5]) {
      const one = model(options);
      await train(one, rhythms(), { steps: 8, batch: 8, seed });
      results.push(numbers(one));
    }
    expect(results[1]).toBe(results[0]);
    expect(results[2]).not.toBe(results[0]);
  });
});

describe('a run that ends early', () => {
  test('by abort leaves the model usable, and training goes on from there', async () => {
    const one = model();
    const stop = new AbortController();
    const before = tf.memory().numTensors;
    const run = await train(one, rhythms(), {
      steps: 50,
      batch: 8,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    expect(run).toMatchObject({ aborted: true });
    expect(run.steps).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(before);
    const logits = tf.tidy(() => one.apply(tf.ones([1, L, SIZE])).dataSync());
    expect(logits.every(Number.isFinite)).toBe(true);
    expect((await train(one, rhythms(), { steps: 2, batch: 8 })).aborted).toBe(false);
  });

  test('by a parameter that is not finite names it, and the layer where it shows', async () => {
    const one = model();
    const C = one.parameters['model.s4_layers.1.kernel.C'];
    tf.tidy(() => C.assign(tf.fill(C.shape, Number.NaN)));
    const before = tf.memory().numTensors;
    await expect(train(one, rhythms(), { steps: 3, batch: 8 })).rejects.toThrow(
      /^train: .* step 1; first non-finite parameter: model\.s4_layers\.1\.kernel\.C; first non-finite signal: current of layer 1; /,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  test('by an input that is not finite names step, example and place, and changes nothing', async () => {
    const one = model();
    const start = numbers(one);
    const before = tf.memory().numTensors;
    const run = train(one, rhythms(3), { steps: 6, batch: 48 });
    await expect(run).rejects.toThrow(
      /^train: the input of step 1 must hold finite numbers, got NaN at example \d+, step 7, channel 1$/,
    );
    expect(numbers(one)).toBe(start);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('by a NaN in the validation set names its place', async () => {
    await expect(train(model(), rhythms(1002), { steps: 1, batch: 8 })).rejects.toThrow(
      'apply: x must hold finite numbers, got NaN at example 2, step 7, channel 1',
    );
  });
});

test('the frozen network and a fixed threshold are not trained', async () => {
  const one = model({ neuron: 'sdn', threshold: 'fixed' });
  const frozen = () => JSON.stringify(Object.values(one.buffers).map((variable) => [...variable.dataSync()]));
  const before = frozen();
  await train(one, rhythms(), { steps: 5, batch: 8 });
  expect(Object.keys(one.buffers)).toHaveLength(2 * 7);
  expect(frozen()).toBe(before);
});
