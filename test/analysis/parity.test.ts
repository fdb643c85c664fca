import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockOptions, numberOf, readGolden } from '../../src/analysis/golden/file.js';
import { parity, parityTable } from '../../src/analysis/parity.js';
import { useBackend } from '../../src/backend/index.js';
import { loadTorch } from '../../src/files/torch/load.js';
import * as tf from '../../src/tf.js';
import { loadOfficialState, officialState, saveTorch } from '../../src/train/official-state.js';
import { models } from '../models.js';

const folder = mkdtempSync(join(tmpdir(), 'parity-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));

const model = models({ inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 4, layers: 2, v_th: 0.5 });

describe('a state dict of the official implementation, as a file of PyTorch', () => {
  test('loads, and gives its logits', async () => {
    const golden = readGolden(
      join(import.meta.dirname, '..', 'golden', 'train-bptt-prenorm-layer.safetensors'),
    );
    const path = join(folder, 'official.pt');
    const names = [...golden.tensors].filter(([name]) => name.startsWith('param.'));
    saveTorch(path, new Map(names.map(([name, entry]) => [name.slice('param.'.length), entry])));
    const one = model({
      ...blockOptions(golden),
      inputs: { kind: 'real', size: golden.tensors.get('x')!.shape[2] },
      classes: numberOf(golden, 'classes'),
      layers: numberOf(golden, 'layers'),
      norm: { placement: 'pre', kind: 'layer' },
    });
    loadOfficialState(one, await loadTorch(path));
    const x = golden.tensor('x');
    const [row] = parity(one, x, { logits: golden.values('logits0') });
    expect(row).toMatchObject({ name: 'logits', total: golden.values('logits0').length });
    expect(row.relative).toBeLessThan(1e-5);
    x.dispose();
  });

  test('is written with what the official code has, and without what it has not', async () => {
    const path = join(folder, 'own.pt');
    const [one, other] = [
      model({ norm: { placement: 'pre', kind: 'batch' }, neuron: 'sdn' }),
      model({ norm: { placement: 'pre', kind: 'batch' }, neuron: 'sdn', seed: 4 }),
    ];
    saveTorch(path, one);
    const state = await loadTorch(path);
    expect(state.get('model.norms.1.num_batches_tracked')).toMatchObject({ dtype: 'I64', shape: [] });
    loadOfficialState(other, state);
    for (const [name, variable] of Object.entries({ ...one.parameters, ...one.buffers })) {
      expect({ ...other.parameters, ...other.buffers }[name].dataSync(), name).toEqual(variable.dataSync());
    }
    const lnVth = (v_th: number) =>
      [...officialState(model({ threshold: 'fixed', v_th })).keys()].filter((name) =>
        name.endsWith('ln_vth'),
      );
    expect(lnVth(1)).toEqual([]);
    expect(lnVth(2)).toHaveLength(2);
  });
});

test('parity shows the first signal that differs', () => {
  const [ours, theirs] = [model(), model()];
  const x = tf.randomNormal([3, 20, 2], 0, 1, 'float32', 8);
  const reference = {
    logits: [] as ArrayLike<number>,
    currents: [] as Float32Array[],
    spikes: [] as Float32Array[],
  };
  const record = () => {
    reference.currents = [];
    reference.spikes = [];
    tf.tidy(() => {
      reference.logits = theirs
        .apply(x, {
          probe: ({ name, value }) =>
            void (name === 'current' ? reference.currents : reference.spikes).push(
              value.dataSync<'float32'>().slice(),
            ),
        })
        .dataSync();
    });
  };
  record();
  const before = tf.memory().numTensors;
  const same = parity(ours, x, reference);
  expect(tf.memory().numTensors).toBe(before);
  expect(same.map(({ name, relative, different }) => [name, relative, different])).toEqual([
    ['current of layer 0', 0, 0],
    ['spikes of layer 0', 0, 0],
    ['current of layer 1', 0, 0],
    ['spikes of layer 1', 0, 0],
    ['logits', 0, 0],
  ]);
  const D = theirs.parameters['model.s4_layers.1.D'];
  tf.tidy(() => D.assign(tf.mul(D, 2)));
  record();
  const rows = parity(ours, x, reference);
  expect(rows.map(({ relative }) => relative > 0)).toEqual([false, false, true, true, true]);
  expect(rows[3].different).toBeGreaterThan(0);
  expect(rows[3].different).toBeLessThan(rows[3].total);
  expect(parityTable(rows).array('relative_error')).toEqual(rows.map(({ relative }) => relative));
  expect(() => parity(ours, x, { logits: reference.logits, spikes: reference.spikes.slice(1) })).toThrow(
    'parity: the model has 2 layers of spikes, the reference 1',
  );
  x.dispose();
});
