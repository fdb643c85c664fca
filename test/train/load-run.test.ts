import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { gelu, lif, type Neuron, sdn, sdnSpike } from '../../src/neurons/index.js';
import * as tf from '../../src/tf.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { loadRun } from '../../src/train/load-run.js';
import { train } from '../../src/train/loop.js';
import { models } from '../models.js';
import { standInTask } from './stand-in.js';

const folder = mkdtempSync(join(tmpdir(), 'load-run-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));
const model = models({ inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 2, layers: 1, v_th: 0.5 });
const x = tf.randomNormal<tf.Rank.R3>([2, 6, 2], 0, 1, 'float32', 3);

test.each<[string, Neuron]>([
  ['lif', lif({ tau: 0.25, gradient: 'sltt', reset: 'soft' })],
  ['sdn', sdn({ tau: 0.25 })],
  ['sdn-spike', sdnSpike()],
  ['gelu', gelu()],
])('a run of %s gives its best model back', async (name, neuron) => {
  const path = join(folder, name);
  const one = model({ neuron, threshold: neuron.config.kind === 'gelu' ? 'fixed' : 'learnable', seed: 2 });
  await train(one, standInTask(), { steps: 6, batch: 8, evaluate: 2, folder: path });
  loadCheckpoint(join(path, 'best.safetensors'), one);
  const back = loadRun(path);
  expect(back.config).toEqual(one.config);
  expect([...back.apply(x).dataSync()]).toEqual([...one.apply(x).dataSync()]);
  back.dispose();
});

test('a run with a neuron of its own wants that neuron', async () => {
  const path = join(folder, 'own');
  const neuron: Neuron = {
    config: { kind: 'half' },
    build: () => ({
      buffers: {},
      apply: (current, state = tf.zeros([1])) => [tf.mul(current, 0.5), state],
      initialState: () => tf.zeros([1]),
    }),
  };
  const one = model({ neuron, seed: 4 });
  await train(one, standInTask(), { steps: 3, batch: 8, evaluate: false, folder: path });
  expect(() => loadRun(path)).toThrow(
    /^spikingSSM: unknown kind of neuron "half" .*; one of your own is passed: loadRun\(folder, \{ neuron \}\)$/,
  );
  const back = loadRun(path, { neuron });
  expect([...back.apply(x).dataSync()]).toEqual([...one.apply(x).dataSync()]);
  back.dispose();
});

test('a run without evaluations gives its last model back', async () => {
  const path = join(folder, 'last');
  const one = model({ seed: 3 });
  await train(one, standInTask(), { steps: 3, batch: 8, evaluate: false, folder: path });
  const back = loadRun(path);
  expect([...back.apply(x).dataSync()]).toEqual([...one.apply(x).dataSync()]);
  back.dispose();
});

test('a folder that gives no model says why, and leaves no tensors', async () => {
  const path = join(folder, 'broken');
  await train(model({}), standInTask(), { steps: 2, batch: 8, folder: path });
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  const before = tf.memory().numTensors;
  const withModel = (other: unknown): (() => void) => {
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, model: other }));
    return () => loadRun(path);
  };
  expect(() => loadRun(join(folder, 'none'))).toThrow(/^readRun: cannot read/);
  expect(withModel(null)).toThrow(
    /^loadRun: .*broken does not say how its model is built; use loadCheckpoint/,
  );
  expect(withModel({ ...config.model, neuron: { kind: 'liff' } })).toThrow(
    'spikingSSM: unknown kind of neuron "liff" (did you mean "lif"? known: lif, sdn, sdn-spike, gelu)',
  );
  expect(withModel({ ...config.model, neuron: { kind: 'lif', tua: 0.5 } })).toThrow(
    'unknown option "tua" (did you mean "tau"?',
  );
  expect(withModel({ ...config.model, H: 5 })).toThrow(/^loadCheckpoint: .* does not fit the model/);
  rmSync(join(path, 'best.safetensors'));
  rmSync(join(path, 'last.safetensors'));
  expect(withModel(config.model)).toThrow(/^loadRun: .*broken has no checkpoint yet/);
  expect(tf.memory().numTensors).toBe(before);
});
