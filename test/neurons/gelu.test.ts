import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { gelu } from '../../src/neurons/gelu.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';

beforeAll(() => useBackend('cpu'));
const model = models({ classes: 2, inputs: { kind: 'real', size: 1 }, H: 3, N: 4, layers: 2 });

test('is x Phi(x), with its derivative', () => {
  const at = [-3, -1, -0.1, 0, 0.5, 1, 2];
  // torch.nn.functional.gelu in float64, and its gradient
  const values = [-0.00404969, -0.15865525, -0.04601722, 0, 0.34573123, 0.84134475, 1.95449974];
  const slopes = [-0.01194565, -0.08331547, 0.42047691, 0.5, 0.86749512, 1.08331547, 1.0852318];
  const layer = gelu().build();
  const x = tf.tensor3d(at, [1, 7, 1]);
  const [y, state] = layer.apply(x);
  expectClose(y.dataSync(), values, 1e-6, 'gelu');
  const slope = tf.grad((given) => tf.sum(layer.apply(given as tf.Tensor3D)[0]))(x);
  expectClose(slope.dataSync(), slopes, 1e-5, 'derivative');
  expect(layer).toMatchObject({ graded: true, buffers: {} });
  tf.dispose([x, y, state, slope]);
});

test('a model of it shows no spikes, and steps as it applies', () => {
  const one = model({ neuron: 'gelu', threshold: 'fixed' });
  const x = tf.randomNormal<tf.Rank.R3>([2, 9, 1], 0, 1, 'float32', 4);
  const names = new Set<string>();
  const spikes: number[] = [];
  const whole = one.apply(x, {
    probe: ({ name }) => void names.add(name),
    onSpikes: ({ layer }) => void spikes.push(layer),
  });
  expect([...names]).toEqual(['current', 'output']);
  expect(spikes).toEqual([]);
  let state = one.initialState(2);
  let logits = tf.zeros<tf.Rank.R2>([2, 2]);
  const before = tf.memory().numTensors;
  for (let t = 0; t < 9; t++) {
    const at = tf.tidy(() => tf.reshape(tf.slice(x, [0, t, 0], [2, 1, 1]), [2, 1]));
    const next = one.step(at, state);
    tf.dispose([at, state, logits]);
    [logits, state] = next;
  }
  expect(tf.memory().numTensors).toBe(before);
  expectClose(logits.dataSync(), whole.dataSync(), 1e-5, 'logits');
  tf.dispose([x, whole, logits, state]);
});
