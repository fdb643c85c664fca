import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { figures } from '../../src/index.js';
import { findLearningRate } from '../../src/train/learning-rate.js';
import { StandIn, standInTask } from './stand-in.js';

it('sees the loss fall at good rates and rise at high ones, and leaves the model as it was', async () => {
  const model = new StandIn();
  const start = model.values();
  const before = tf.memory().numTensors;
  const { points, suggestion } = await findLearningRate(model, standInTask(), {
    from: 1e-4,
    to: 100,
    steps: 80,
    batch: 20,
  });
  expect(model.values()).toEqual(start);
  expect(tf.memory().numTensors).toBe(before);
  expect(points[0].learningRate).toBeCloseTo(1e-4, 12);
  const factor = points[1].learningRate / points[0].learningRate;
  expect(factor).toBeCloseTo(1e6 ** (1 / 79), 6);
  expect(points[0].smooth).toBeCloseTo(points[0].loss, 12);
  const smooth = points.map((point) => point.smooth);
  expect(Math.min(...smooth)).toBeLessThan(0.7 * smooth[0]);
  expect(smooth.at(-1)).toBeGreaterThan(2 * Math.min(...smooth));
  expect(suggestion).toBeGreaterThan(1e-3);
  expect(suggestion).toBeLessThan(1);
  const { text, layout, data } = figures.learningRate({ points, suggestion });
  expect(text).toMatch(/^Loss by learning rate over \d+ steps: the loss falls fastest at /);
  expect(layout.xaxis).toMatchObject({ type: 'log', title: { text: 'Learning rate' } });
  expect(layout.shapes?.[0].x0).toBe(suggestion);
  expect(data).toHaveLength(2);
  model.dispose();
});

it('is the same for the same seed, and stops by its signal', async () => {
  const model = new StandIn();
  const search = () => findLearningRate(model, standInTask(), { steps: 5, batch: 8, seed: 2 });
  expect(await search()).toEqual(await search());
  const stopped = await findLearningRate(model, standInTask(), { signal: AbortSignal.abort() });
  expect(stopped).toEqual({ points: [], suggestion: null });
  expect(() => figures.learningRate(stopped)).toThrow('learningRate: the search has no points');
  model.dispose();
});

it('refuses rates and options that make no search', async () => {
  const model = new StandIn();
  await expect(findLearningRate(model, standInTask(), { from: 1, to: 0.1 })).rejects.toThrow(
    'findLearningRate: from and to must be 0 < from < to, got 1 and 0.1',
  );
  await expect(findLearningRate(model, standInTask(), { setps: 3 } as object)).rejects.toThrow(
    'did you mean "steps"',
  );
  model.dispose();
});
