import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.js';
import { random, randomFromState } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { loadCheckpoint, readCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';
import { lossGradients } from '../../src/train/gradients.js';
import { adamW, type Optimizer } from '../../src/train/optimizer.js';
import { StandIn, standInTask } from './stand-in.js';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('saving and loading', () => {
  it('brings back every parameter and buffer exactly, and leaks nothing', () => {
    const path = join(folder, 'model.safetensors');
    const [saved, loaded] = [new StandIn(2, 6, 3, 1), new StandIn(2, 6, 3, 2)];
    tf.tidy(() => saved.buffers['norm.running_mean'].assign(tf.range(0, 6)));
    saveCheckpoint(path, saved, { metadata: { note: 'first' } });
    const before = tf.memory().numTensors;
    const checkpoint = loadCheckpoint(path, loaded);
    expect(loaded.values()).toEqual(saved.values());
    expect([...loaded.buffers['norm.running_mean'].dataSync()]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(checkpoint).toMatchObject({
      config: { inputs: 2, hidden: 6, classes: 3 },
      metadata: { note: 'first' },
    });
    expect(checkpoint.optimizer).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before);
    saved.dispose();
    loaded.dispose();
  });

  it('keeps names and shapes as they are in the file', () => {
    const path = join(folder, 'names.safetensors');
    const model = new StandIn();
    saveCheckpoint(path, model);
    const { tensors } = readSafetensors(path);
    expect(tensors.get('layers.0.A')).toMatchObject({ dtype: 'F32', shape: [2, 6] });
    expect([...tensors.keys()].sort()).toEqual([
      'decoder.bias',
      'decoder.weight',
      'layers.0.A',
      'norm.running_mean',
      'norm.weight',
    ]);
    model.dispose();
  });

  it('continues a training exactly from optimiser and random state', () => {
    const path = join(folder, 'resume.safetensors');
    const task = standInTask();
    const [batch] = task.train.batches({ batch: 40 });
    const step = (model: StandIn, optimizer: Optimizer, masks: ReturnType<typeof random>) => {
      const { gradients } = lossGradients(model, batch, masks);
      optimizer.step(gradients, 1);
      tf.dispose(gradients);
    };
    const model = new StandIn();
    const [optimizer, masks] = [adamW(model), random(9)];
    for (let i = 0; i < 3; i++) step(model, optimizer, masks);
    saveCheckpoint(path, model, { optimizer: optimizer.state(), random: { masks: masks.state() } });
    for (let i = 0; i < 3; i++) step(model, optimizer, masks);

    const resumed = new StandIn(2, 6, 3, 5);
    const checkpoint = loadCheckpoint(path, resumed);
    const second = adamW(resumed);
    second.restore(checkpoint.optimizer!);
    const secondMasks = randomFromState(checkpoint.random!.masks);
    for (let i = 0; i < 3; i++) step(resumed, second, secondMasks);
    expect(resumed.values()).toEqual(model.values());
    expect(second.state()).toEqual(optimizer.state());
  });

  it('rounds float64 values', () => {
    const path = join(folder, 'double.safetensors');
    const model = new StandIn();
    saveCheckpoint(path, model);
    const { tensors } = readSafetensors(path);
    tensors.set('decoder.bias', { dtype: 'F64', shape: [3], data: Float64Array.of(1 / 3, 0, -2) });
    writeSafetensors(path, tensors);
    loadCheckpoint(path, model);
    expect(model.values()['decoder.bias']).toEqual([Math.fround(1 / 3), 0, -2]);
    model.dispose();
  });
});

describe('a file that does not fit', () => {
  it('is refused with every difference, and the model stays as it was', () => {
    const path = join(folder, 'other.safetensors');
    writeSafetensors(path, [
      ['layers.0.A', { shape: [2, 6], data: new Float32Array(12) }],
      ['norm.weight', { shape: [6], data: new Int32Array(6) }],
      ['norm.running_mean', { shape: [6], data: new Float32Array(6) }],
      ['decoder.weight', { shape: [3, 6], data: new Float32Array(18) }],
      ['stray', { shape: [1], data: new Float32Array(1) }],
    ]);
    const model = new StandIn();
    const before = model.values();
    expect(() => loadCheckpoint(path, model)).toThrow(
      /^loadCheckpoint: .*other\.safetensors does not fit the model: norm\.weight must be F32, got I32; decoder\.weight must be \[6,3\], got \[3,6\]; missing decoder\.bias \[3\]; unexpected stray \[1\]$/,
    );
    expect(model.values()).toEqual(before);
    model.dispose();
  });

  it('is refused when damaged', () => {
    const path = join(folder, 'damaged.safetensors');
    const model = new StandIn();
    saveCheckpoint(path, model);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 10));
    expect(() => loadCheckpoint(path, model)).toThrow(/damaged\.safetensors, tensor ".*": .* \(truncated\)/);
    writeSafetensors(path, [], { config: '{' });
    expect(() => readCheckpoint(path)).toThrow(/damaged\.safetensors: metadata "config" is not JSON/);
    writeSafetensors(path, [['optimizer.m.a', { shape: [1], data: Float64Array.of(1) }]], {
      optimizer: '{"step":1}',
    });
    expect(() => readCheckpoint(path)).toThrow(/tensor "optimizer\.m\.a": must be F32/);
    writeSafetensors(path, [], { optimizer: '{"step":"x"}' });
    expect(() => readCheckpoint(path)).toThrow(
      /damaged\.safetensors: optimizer\.step must be a whole number of at least 0, got x/,
    );
    model.dispose();
  });
});

it('refuses metadata under a name of its own, and a foreign optimiser', () => {
  const model = new StandIn();
  const path = join(folder, 'never.safetensors');
  expect(() => saveCheckpoint(path, model, { metadata: { config: '' } })).toThrow(
    /^saveCheckpoint: the metadata name "config" is taken/,
  );
  const optimizer = { step: 1, m: { other: new Float32Array(1) }, v: {} };
  expect(() => saveCheckpoint(path, model, { optimizer })).toThrow(
    /^saveCheckpoint: the optimiser's "other" is not in the model/,
  );
  model.dispose();
});
