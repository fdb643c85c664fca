import { expect, it } from 'vitest';
import { figures } from '../../src/index.js';
import type { ApplyOptions } from '../../src/layers/model.js';
import * as tf from '../../src/tf.js';
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

it("moves each parameter as a run of the step's rate does, whose bounds hold for it", async () => {
  const seen: Record<string, number[]>[] = [];
  class Watched extends StandIn {
    override apply(x: tf.Tensor, options?: ApplyOptions): tf.Tensor {
      seen.push(this.values());
      return super.apply(x, options);
    }
  }
  const model = new Watched();
  await findLearningRate(model, standInTask(), { from: 0.01, to: 1, steps: 2, batch: 8, weightDecay: 0 });
  const moved = (name: string): number =>
    Math.max(...seen[0][name].map((value, i) => Math.abs(seen[1][name][i] - value)));
  // AdamW's first step is of the rate's own size, and this parameter's rate at most 0.001.
  expect(moved('layers.0.A')).toBeCloseTo(0.001, 6);
  expect(moved('decoder.weight')).toBeCloseTo(0.01, 5);
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
  const before = tf.memory().numTensors;
  await expect(findLearningRate(model, standInTask(), { microBatch: 0 })).rejects.toThrow(
    'findLearningRate: microBatch must be a whole number of at least 1, got 0',
  );
  await expect(findLearningRate(model, standInTask(), { seed: 0.5 })).rejects.toThrow('seed must be a whole');
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

it('on few examples is not led by the first points, which are means of few batches', async () => {
  for (const seed of [0, 1, 2, 3, 4, 5]) {
    const model = new StandIn();
    const { points, suggestion } = await findLearningRate(model, standInTask(), {
      steps: 60,
      batch: 2,
      seed,
    });
    const place = points.findIndex(({ learningRate }) => learningRate === suggestion);
    expect(place, `seed ${seed}`).toBeGreaterThanOrEqual(10);
    model.dispose();
  }
});
