import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import { type SpikingSSM, spikingSSM } from '../../src/layers/spiking-ssm.js';
import * as tf from '../../src/tf.js';
import { models } from '../models.js';

beforeAll(() => useBackend('cpu'));

const SIZES = { inputs: { kind: 'real', size: 3 }, classes: 5, H: 8, N: 6, layers: 1, norm: 'none' } as const;

const model = models(SIZES);

const shapes = (variables: SpikingSSM['parameters']) =>
  Object.fromEntries(Object.entries(variables).map(([name, { shape }]) => [name, shape]));

/** A block's parameters, with the names of the official code. */
const BLOCK = {
  D: [1, 8],
  ln_vth: [8, 1],
  'kernel.C': [1, 8, 3, 2],
  'kernel.log_dt': [8],
  'kernel.log_A_real': [8, 3],
  'kernel.A_imag': [8, 3],
  'output_linear.0.weight': [16, 8, 1],
  'output_linear.0.bias': [16],
};
const TRAINED_B = {
  D: [1, 8],
  ln_vth: [8, 1],
  'kernel.C': [1, 8, 3, 2],
  'kernel.inv_dt': [8, 1],
  'kernel.A_real': [8, 3],
  'kernel.A_imag': [8, 3],
  'kernel.B': [1, 8, 3, 2],
  'output_linear.0.weight': [16, 8, 1],
  'output_linear.0.bias': [16],
};
const ENDS = { 'encoder.weight': [8, 3], 'encoder.bias': [8], 'decoder.weight': [5, 8], 'decoder.bias': [5] };
const NETWORK = {
  'conv1.weight': [8, 1, 8],
  'conv1.bias': [8],
  'conv2.weight': [8, 8, 1],
  'conv2.bias': [8],
  'conv3.weight': [1, 8, 1],
  'conv3.bias': [1],
};
const under = (prefix: string, of: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(of).map(([name, shape]) => [prefix + name, shape]));
const block = (of: Record<string, number[]>, i = 0) => under(`model.s4_layers.${i}.`, of);

describe('official names and shapes, and no others', () => {
  test.each<[string, Partial<SpikingSSMOptions>, Record<string, number[]>, Record<string, number[]>]>([
    ['causal', {}, block(BLOCK), {}],
    ['bidirectional', { bidirectional: true }, block({ ...BLOCK, 'kernel.C': [2, 8, 3, 2] }), {}],
    ['trained B', { trainableB: true }, block(TRAINED_B), {}],
    ['sdn', { neuron: 'sdn' }, block(BLOCK), block(under('neuron.model.', NETWORK))],
    ['shared threshold', { threshold: 'shared' }, block({ ...BLOCK, ln_vth: [1] }), {}],
    ['two layers', { layers: 2 }, { ...block(BLOCK), ...block(BLOCK, 1) }, {}],
    [
      'layer norm',
      { norm: { placement: 'pre', kind: 'layer' } },
      { ...block(BLOCK), ...under('model.norms.0.', { weight: [8], bias: [8] }) },
      {},
    ],
    [
      'batch norm',
      { norm: { placement: 'post', kind: 'batch' } },
      { ...block(BLOCK), ...under('model.norms.0.', { weight: [8], bias: [8] }) },
      under('model.norms.0.', { running_mean: [8], running_var: [8] }),
    ],
  ])('%s', (_, options, parameters, buffers) => {
    const { parameters: got, buffers: frozen } = model(options);
    expect(shapes(got)).toEqual({ ...ENDS, ...parameters });
    expect(shapes(frozen)).toEqual(buffers);
    for (const variable of Object.values(got)) expect(variable.trainable).toBe(true);
    for (const variable of Object.values(frozen)) expect(variable.trainable).toBe(false);
  });

  test('tokens: an embedding without bias', () => {
    const { parameters } = model({ inputs: { kind: 'tokens', size: 18 } });
    expect(parameters['encoder.weight'].shape).toEqual([18, 8]);
    expect(parameters['encoder.bias']).toBeUndefined();
  });
});

describe('parameter groups of the paper', () => {
  const STATE = { decay: false, maxLearningRate: 0.001 };
  const groups = (of: SpikingSSM) =>
    Object.fromEntries(
      Object.keys(of.parameters).map((name) => [name.replace('model.s4_layers.0.', ''), of.group(name)]),
    );

  test('state matrix and step size slowly and without decay; biases and norms without; all else with', () => {
    expect(groups(model({ norm: { placement: 'pre', kind: 'batch' } }))).toEqual({
      'encoder.weight': { decay: true },
      'encoder.bias': { decay: false },
      'kernel.C': { decay: true },
      D: { decay: true },
      'kernel.log_dt': STATE,
      'kernel.log_A_real': STATE,
      'kernel.A_imag': STATE,
      ln_vth: { decay: true },
      'output_linear.0.weight': { decay: true },
      'output_linear.0.bias': { decay: false },
      'model.norms.0.weight': { decay: false },
      'model.norms.0.bias': { decay: false },
      'decoder.weight': { decay: true },
      'decoder.bias': { decay: false },
    });
  });

  test('with trained B all five of the kernel slowly, only C with decay', () => {
    expect(groups(model({ trainableB: true }))).toMatchObject({
      'kernel.inv_dt': STATE,
      'kernel.A_real': STATE,
      'kernel.A_imag': STATE,
      'kernel.B': STATE,
      'kernel.C': { decay: true, maxLearningRate: 0.001 },
      D: { decay: true },
      ln_vth: { decay: true },
    });
  });
});

test('summary prints a table of every parameter and the sums', () => {
  const lines: string[] = [];
  model({ neuron: 'sdn' }).summary((line) => lines.push(line));
  expect(lines[0]).toMatch(/^parameter +shape +count$/);
  expect(lines).toHaveLength(1 + 12 + 6 + 1);
  expect(lines).toContainEqual(expect.stringMatching(/^model\.s4_layers\.0\.kernel\.C +\[1, 8, 3, 2\] +48$/));
  expect(lines).toContainEqual(expect.stringMatching(/conv1\.weight \(frozen\) +\[8, 1, 8\] +64$/));
  // 24 + 8 | 48 + 8 + 8 + 24 + 24 + 8 | 128 + 16 | 40 + 5
  expect(lines.at(-1)).toBe('341 trained numbers, 153 frozen');
  expect(new Set(lines.slice(0, -1).map((line) => line.search(/\[|shape/))).size).toBe(1);
});

test.each(['bptt', 'sdn'] as const)('%s: dispose frees every tensor', (neuron) => {
  const before = tf.memory().numTensors;
  const one = spikingSSM({ ...SIZES, neuron, norm: { placement: 'post', kind: 'batch' } });
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  tf.tidy(() => void one.apply(tf.zeros([1, 4, 3])));
  const state = one.initialState(1);
  const x = tf.zeros([1, 3]);
  const [logits, next] = one.step(x, state);
  tf.dispose([x, state, logits, next]);
  one.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe('seed', () => {
  const numbers = ({ parameters }: SpikingSSM) =>
    Object.entries(parameters).map(([name, variable]) => [name, ...variable.dataSync()]);

  test('same seed, same numbers; another seed, others', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => numbers(model({ seed })));
    expect(b).toEqual(a);
    const drawn = ['encoder.weight', 'encoder.bias', 'kernel.C', '.D', 'kernel.log_dt', 'linear.0.weight'];
    for (const name of [...drawn, 'linear.0.bias', 'decoder.weight', 'decoder.bias']) {
      const row = (rows: unknown[][]) => rows.find(([key]) => (key as string).endsWith(name));
      expect(row(c), name).not.toEqual(row(a));
    }
  });

  test('a further layer does not change the draws of encoder and first layer; layers differ', () => {
    const [one, two] = [model({ layers: 1 }), model({ layers: 2 })];
    const values = (of: SpikingSSM, name: string) => [...of.parameters[name].dataSync()];
    for (const name of ['encoder.weight', 'model.s4_layers.0.kernel.C', 'model.s4_layers.0.D'])
      expect(values(two, name)).toEqual(values(one, name));
    expect(values(two, 'model.s4_layers.1.D')).not.toEqual(values(two, 'model.s4_layers.0.D'));
  });
});
