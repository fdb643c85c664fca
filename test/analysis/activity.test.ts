import { beforeAll, describe, expect, it } from 'vitest';
import { activity } from '../../src/analysis/activity.js';
import type { Model } from '../../src/layers/model.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Example k lasts k + 1 of the 4 steps and holds 1 at every step. */
const data: Dataset = indexedDataset(Uint32Array.from([0, 1, 2]), (examples) => ({
  x: tf.ones([examples.length, 4, 1]),
  y: tf.zeros([examples.length], 'int32'),
  lengths: Int32Array.from(examples, (k) => k + 1),
}));

/** Layer 0: neurons that spike always and never. Layer 1: one that spikes at steps 0 and 2 alone. */
const model: Model = {
  parameters: {},
  buffers: {},
  group: () => ({ decay: false }),
  apply: (x, options) =>
    tf.tidy(() => {
      const one = x as tf.Tensor3D;
      const both = tf.concat([one, tf.zerosLike(one)], 2) as tf.Tensor3D;
      options?.probe?.({ layer: 0, name: 'spikes', value: both });
      const even = tf.mul(one, tf.tensor3d([1, 0, 1, 0], [1, 4, 1])) as tf.Tensor3D;
      options?.probe?.({ layer: 1, name: 'spikes', value: even });
      return tf.zeros([one.shape[0], 2]);
    }),
  dispose: () => undefined,
};

describe('activity', () => {
  it('counts by layer, neuron and step, each sequence for as long as it lasts', async () => {
    const before = tf.memory().numTensors;
    const result = await activity(model, data, { batch: 2 });
    expect(tf.memory().numTensors).toBe(before);
    expect(result.examples).toBe(3);
    const [first, second] = result.layers;
    expect(first).toMatchObject({ H: 2, rate: 0.5, silent: 1, saturated: 1 });
    expect([...first.timeRates]).toEqual([0.5, 0.5, 0.5]);
    // Steps 0, 1, 2 are reached by 3, 2, 1 sequences: spikes at 3 + 1 of 6 steps.
    expect([...second.channelRates]).toEqual([4 / 6]);
    expect([...second.timeRates]).toEqual([1, 0, 1]);
    expect(result.rate).toBeCloseTo((1 + 4 / 6) / 3, 12);
    expect(result.silent).toBeCloseTo(1 / 3, 12);
    expect(result.saturated).toBeCloseTo(1 / 3, 12);
  });

  it('says so where a model shows no spikes', async () => {
    const mute: Model = { ...model, apply: (x) => tf.zeros([x.shape[0], 2]) };
    await expect(activity(mute, data)).rejects.toThrow('activity: no layer of the model shows its spikes');
  });
});
