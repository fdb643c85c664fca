import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import { gelu, lif, type Neuron, sdn, sdnSpike } from '../../src/neurons/index.js';
import { shippedSdn } from '../../src/neurons/sdn-weights.js';
import * as tf from '../../src/tf.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';
import { loadModel, loadRun } from '../../src/train/load-model.js';
import { train } from '../../src/train/loop.js';
import { models } from '../models.js';
import { StandIn, standInTask } from './stand-in.js';

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
    /^spikingSSM: unknown kind of neuron "half" .*; one of your own is passed: loadRun\(path, \{ neuron \}\)$/,
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
    'spikingSSM: unknown kind of neuron "liff" (did you mean "lif"? known: lif, bptt, sltt, sdn, sdn-spike, gelu)',
  );
  expect(withModel({ ...config.model, neuron: { kind: 'lif', tua: 0.5 } })).toThrow(
    'unknown option "tua" (did you mean "tau"?',
  );
  expect(withModel({ ...config.model, H: 5 })).toThrow(
    /^loadRun: .* does not fit the model: H is 4 in the file, 5 in the model; .* \(loadModel makes the model that the file is of\)$/,
  );
  rmSync(join(path, 'best.safetensors'));
  rmSync(join(path, 'last.safetensors'));
  expect(withModel(config.model)).toThrow(/^loadRun: .*broken has no checkpoint yet/);
  expect(tf.memory().numTensors).toBe(before);
});

/** A neuron of one's own that sends on its current times `gain`. */
function scaled(gain: number): Neuron {
  return {
    config: { kind: 'scaled', gain },
    build: () => ({
      buffers: {},
      graded: true,
      apply: (current, state = tf.zeros([1])) => [tf.mul(current, gain), state],
      initialState: () => tf.zeros([1]),
    }),
  };
}

const values = (one: ReturnType<typeof model>) => [...one.apply(x).dataSync()];

describe('loadModel', () => {
  test('gives the model of a file alone, and of a folder as loadRun does', async () => {
    const path = join(folder, 'alone');
    const one = model({ neuron: lif({ tau: 0.5, reset: 'soft' }), pool: 'last', bidirectional: true });
    await train(one, standInTask(), { steps: 2, batch: 8, evaluate: false, folder: path });
    const file = join(folder, 'moved.safetensors');
    saveCheckpoint(file, one);
    for (const from of [path, join(path, 'last.safetensors'), file]) {
      const back = loadModel(from);
      expect(back.config).toEqual(one.config);
      expect(values(back)).toEqual(values(one));
      back.dispose();
    }
  });

  test('with a neuron of its own wants that one, and no other', () => {
    const file = join(folder, 'scaled.safetensors');
    const one = model({ neuron: scaled(0.5) });
    saveCheckpoint(file, one);
    expect(() => loadModel(file)).toThrow(/one of your own is passed: loadModel\(path, \{ neuron \}\)$/);
    const back = loadModel(file, { neuron: scaled(0.5) });
    expect(values(back)).toEqual(values(one));
    back.dispose();
    const before = tf.memory().numTensors;
    expect(() => loadModel(file, { neuron: scaled(0.9) })).toThrow(
      /^loadModel: .*scaled\.safetensors was trained with another neuron: neuron\.gain is 0\.5 in the file, 0\.9 in the one given \(/,
    );
    expect(() => loadModel(file, { neuron: lif() })).toThrow(
      /neuron\.kind is "scaled" in the file, "lif" in the one given/,
    );
    expect(tf.memory().numTensors).toBe(before);
    const other = loadModel(file, { neuron: scaled(0.9), transfer: true });
    expect(other.config.neuron).toEqual({ kind: 'scaled', gain: 0.9 });
    other.dispose();
  });

  test('with a network whose file is elsewhere now says how to pass it', () => {
    const [weights, moved, file] = ['weights', 'moved', 'network'].map((name) =>
      join(folder, `${name}.safetensors`),
    );
    copyFileSync(shippedSdn(0.25, 'membrane'), weights);
    const one = model({ neuron: sdn({ tau: 0.25, weights }) });
    saveCheckpoint(file, one);
    renameSync(weights, moved);
    expect(() => loadModel(file)).toThrow(
      /^loadModel: .*network\.safetensors was trained with the network in .*weights\.safetensors, which is not there \(pass loadModel\(path, \{ neuron: sdn\(\{ tau: 0\.25, weights: /,
    );
    const back = loadModel(file, { neuron: sdn({ tau: 0.25, weights: moved }) });
    expect(values(back)).toEqual(values(one));
    back.dispose();
  });

  test('says what is missing', async () => {
    expect(() => loadModel(join(folder, 'nowhere'))).toThrow(/^loadModel: .*nowhere is not there \(pass/);
    const file = join(folder, 'stand-in.safetensors');
    saveCheckpoint(file, new StandIn());
    expect(() => loadModel(file)).toThrow(/stand-in\.safetensors does not say how its model is built/);
    expect(() => loadModel(file, { neurone: lif() } as object)).toThrow(/unknown option "neurone"/);
  });
});

test('loadRun compares the neuron that is passed', async () => {
  const path = join(folder, 'compared');
  const one = model({ neuron: scaled(0.5) });
  await train(one, standInTask(), { steps: 1, batch: 8, evaluate: false, folder: path });
  expect(() => loadRun(path, { neuron: scaled(0.9) })).toThrow(
    /^loadRun: .*compared was trained with another neuron: neuron\.gain is 0\.5 in the file, 0\.9 in the one given/,
  );
  loadRun(path, { neuron: scaled(0.5) }).dispose();
});

describe('loadCheckpoint compares the models', () => {
  const base: Partial<SpikingSSMOptions> = { neuron: lif({ tau: 0.5 }), threshold: 'fixed' };
  let files = 0;
  const saved = (options: Partial<SpikingSSMOptions>): string => {
    const file = join(folder, `compared-${files++}.safetensors`);
    saveCheckpoint(file, model({ ...base, ...options }));
    return file;
  };

  test.each<[string, Partial<SpikingSSMOptions>, Partial<SpikingSSMOptions>, RegExp]>([
    ['tau', {}, { neuron: lif({ tau: 0.25 }) }, /: neuron\.tau is 0\.5 in the file, 0\.25 in the model \(/],
    [
      'reset',
      {},
      { neuron: lif({ tau: 0.5, reset: 'soft' }) },
      /neuron\.reset is "hard" in the file, "soft"/,
    ],
    ['kind', {}, { neuron: gelu() }, /: neuron\.kind is "lif" in the file, "gelu" in the model \(/],
    [
      'own kind',
      { neuron: scaled(1) },
      { neuron: scaled(2) },
      /neuron\.gain is 1 in the file, 2 in the model/,
    ],
    ['pool', {}, { pool: 'last' }, /pool is "mean" in the file, "last" in the model/],
    [
      'place of the norm',
      { norm: { placement: 'pre', kind: 'layer' } },
      { norm: { placement: 'post', kind: 'layer' } },
      /norm\.placement is "pre" in the file, "post" in the model/,
    ],
    [
      'threshold',
      {},
      { threshold: 'learnable' },
      /threshold is "fixed" in the file, "learnable" in the model/,
    ],
    ['pairs', {}, { pairs: true }, /pairs is false in the file, true in the model/],
    [
      'tau of a network',
      { neuron: sdn({ tau: 0.25 }) },
      { neuron: sdn() },
      /neuron\.tau is 0\.25 in the file, 0\.125/,
    ],
  ])('by %s', (_, theirs, ours, message) => {
    const file = saved(theirs);
    const one = model({ ...base, ...ours });
    const before = everything(one);
    expect(() => loadCheckpoint(file, one)).toThrow(/^loadCheckpoint: .* does not fit the model: /);
    expect(() => loadCheckpoint(file, one)).toThrow(message);
    expect(everything(one)).toEqual(before);
  });

  test.each<[string, Partial<SpikingSSMOptions>, Partial<SpikingSSMOptions>]>([
    ['dropout', {}, { dropout: 0.5 }],
    ['seed and beginnings', {}, { seed: 9, dt_min: 0.01, dt_max: 0.2, init: 's4dInv', v_th: 2 }],
    ['gradient', {}, { neuron: lif({ tau: 0.5, gradient: 'sltt' }) }],
    ['surrogate', {}, { neuron: lif({ tau: 0.5, surrogate: 'arctan' as never }) }],
    ['kind of no norm', {}, { norm: { placement: 'none', kind: 'batch' } }],
  ])('not by %s', (_, theirs, ours) => {
    const source = saved(theirs);
    const one = model({ ...base, ...ours });
    loadCheckpoint(source, one);
    const same = loadModel(source);
    expect(values(one)).toEqual(values(same));
    same.dispose();
  });

  test('unless it is a transfer: LIF into its surrogate network, whose weights stay', () => {
    const file = saved({ neuron: lif({ tau: 0.125 }) });
    const one = model({ ...base, neuron: sdn() });
    expect(() => loadCheckpoint(file, one)).toThrow(
      /neuron\.kind is "lif" in the file, "sdn" in the model; missing/,
    );
    const network = Object.values(one.buffers).map((buffer) => [...buffer.dataSync()]);
    loadCheckpoint(file, one, { transfer: true });
    expect(Object.values(one.buffers).map((buffer) => [...buffer.dataSync()])).toEqual(network);
    const back = model({ ...base, neuron: lif({ tau: 0.125 }) });
    const other = join(folder, 'from-sdn.safetensors');
    saveCheckpoint(other, one);
    loadCheckpoint(other, back, { transfer: true });
    const same = loadModel(file);
    expect(values(back)).toEqual(values(same));
    same.dispose();
    // Shapes are checked all the same.
    expect(() => loadCheckpoint(file, model({ ...base, H: 6 }), { transfer: true })).toThrow(/must be \[/);
  });

  test('by the config.json beside a file that has none itself, where that is of a run', async () => {
    const path = join(folder, 'beside');
    const one = model(base);
    await train(one, standInTask(), { steps: 1, batch: 8, evaluate: false, folder: path });
    const file = join(path, 'last.safetensors');
    const { tensors } = readSafetensors(file);
    for (const name of [...tensors.keys()]) if (name.startsWith('optimizer.')) tensors.delete(name);
    writeSafetensors(file, tensors);
    expect(() => loadCheckpoint(file, model({ ...base, pool: 'last' }))).toThrow(
      /pool is "mean" in the file/,
    );
    writeFileSync(join(path, 'config.json'), '{"model_type":"bert"}');
    expect(loadCheckpoint(file, model({ ...base, pool: 'last' })).config).toBeUndefined();
  });

  test('as far as an older file knows their options', () => {
    const file = saved({});
    const { tensors, metadata } = readSafetensors(file);
    const { pairs: _, tied: _tied, ...older } = JSON.parse(metadata.config);
    writeSafetensors(file, tensors, { config: JSON.stringify(older) });
    expect(() => loadCheckpoint(file, model(base))).not.toThrow();
  });
});

function everything(one: ReturnType<typeof model>): number[][] {
  return Object.values({ ...one.parameters, ...one.buffers }).map((variable) => [...variable.dataSync()]);
}
