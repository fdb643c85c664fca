import { describe, expect, it } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import { disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

const models: [name: string, options: Partial<SpikingSSMOptions>][] = [
  ['exact', {}],
  ['SDN', { neuron: 'sdn' }],
  ['with batch norm', { norm: { placement: 'post', kind: 'batch' } }],
  ['with layer norm', { norm: { placement: 'pre', kind: 'layer' } }],
  ['without spikes', { neuron: 'gelu', threshold: 'fixed' }],
  ['of the last step', { pool: 'last' }],
  ['at every step', { pool: 'none' }],
];

describe.each(['cpu', 'native'] as const)('on %s', (backend) => {
  it.each(models)('the loop in the docstring of step leaves no tensor: %s', async (_, options) => {
    if (availableBackends()[backend] !== true) return;
    await useBackend(backend);
    const model = spikingSSM({ classes: 3, H: 8, N: 4, layers: 2, seed: 1, ...options });
    // The model prepares itself at its first step.
    let prepared = -1;
    const said: number[] = [];
    for (const values of [[1], Array.from({ length: 200 }, (_, t) => Math.sin(t))]) {
      let state = model.initialState(1);
      for (const value of values) {
        const x = tf.tensor2d([[value]]);
        const [logits, next] = model.step(x, state);
        tf.dispose([x, state]);
        state = next;
        said.push(logits.dataSync()[0]);
        logits.dispose();
      }
      tf.dispose(state);
      if (prepared < 0) prepared = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(prepared);
    expect(said).toHaveLength(201);
    expect(said.every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('batches that are disposed and logits that are leave nothing', async () => {
    if (availableBackends()[backend] !== true) return;
    await useBackend(backend);
    const model = spikingSSM({ classes: 3, H: 8, N: 4, layers: 1, seed: 1 });
    const set = indexedDataset(Uint32Array.of(0, 1, 2, 3, 4), (examples) => ({
      x: tf.ones([examples.length, 6, 1]),
      y: tf.zeros([examples.length], 'int32'),
      lengths: Int32Array.from(examples, (k) => k + 1),
    }));
    const before = tf.memory().numTensors;
    for (const batch of set.batches({ batch: 2 })) {
      const logits = model.apply(batch.x, { lengths: batch.lengths });
      disposeBatch(batch);
      logits.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});
