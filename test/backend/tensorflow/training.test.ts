import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../../src/backend/index.js';
import { modelCase, modelSizes } from '../../../src/cli/bench/model.js';
import { steady } from '../../../src/cli/bench/steady.js';
import { train } from '../../../src/train/loop.js';
import { models } from '../../models.js';
import { CLASSES, rhythms, SIZE } from '../../train/rhythms.js';

const state = availableBackends().tensorflow;

describe.skipIf(state !== true)(`training on tensorflow${state === true ? '' : `: ${state}`}`, () => {
  beforeAll(() => useBackend('tensorflow'));
  afterAll(() => useBackend('cpu'));
  const model = models({ inputs: { kind: 'real', size: SIZE }, classes: CLASSES, H: 16, N: 4, seed: 1 });

  test.each(['sdn', 'bptt'] as const)('%s learns, as on cpu, and leaves no tensor', async (neuron) => {
    const losses: Record<string, number[]> = {};
    for (const backend of ['cpu', 'tensorflow'] as const) {
      await useBackend(backend);
      const own = model({ neuron, norm: { placement: 'pre', kind: 'layer' } });
      const before = tf.memory().numTensors;
      const { steps, epochs } = await train(own, rhythms(), { epochs: 15, batch: 12, learningRate: 0.02 });
      expect(tf.memory().numTensors).toBe(before);
      losses[backend] = steps.map(({ loss }) => loss);
      expect(epochs.at(-1)?.trainAccuracy).toBeGreaterThan(0.9);
    }
    losses.cpu.slice(0, 5).forEach((loss, i) => {
      expect(losses.tensorflow[i]).toBeCloseTo(loss, 3);
    });
  });

  test('tensors and resident memory stay as they are', () => {
    const sizes = modelSizes('smnist', { batch: 4, length: 64, layers: 2, width: 16, state: 8 });
    const work = modelCase({ recipe: 'smnist', neuron: 'sdn', pass: 'train', ...sizes });
    const { tensors, growth } = steady(work, 120);
    work.dispose();
    expect(tensors[1]).toBe(tensors[0]);
    expect(growth).toBeLessThan(0.02);
  });
});
