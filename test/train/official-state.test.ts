import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { type SafetensorsEntry, writeSafetensors } from '../../src/files/safetensors.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import type { SpikingSSM } from '../../src/layers/spiking-ssm.js';
import { loadOfficialState } from '../../src/train/official-state.js';
import { models } from '../models.js';

beforeAll(() => useBackend('cpu'));

const BATCH_NORM: Partial<SpikingSSMOptions> = { norm: { placement: 'pre', kind: 'batch' } };

const model = models({ classes: 2, H: 4, N: 4, layers: 1, neuron: 'sdn' });

const variables = ({ parameters, buffers }: SpikingSSM) => ({ ...parameters, ...buffers });
const numbers = (of: SpikingSSM) =>
  Object.entries(variables(of)).map(([name, variable]) => [name, ...variable.dataSync()]);

/** A state dict of the model, each entry set to its place plus an offset; float64, as PyTorch may write it. */
function state(of: SpikingSSM): Map<string, SafetensorsEntry> {
  return new Map(
    Object.entries(variables(of)).map(([name, { shape, size }], i) => [
      name,
      { dtype: 'F64', shape, data: Float64Array.from({ length: size }, (_, k) => k + i / 8) },
    ]),
  );
}

describe('loadOfficialState', () => {
  test('loads every parameter and buffer, from a map or a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-'));
    const [a, b] = [model(BATCH_NORM), model({ ...BATCH_NORM, seed: 9 })];
    loadOfficialState(a, state(a));
    Object.values(variables(a)).forEach((variable, i) => {
      expect([...variable.dataSync()]).toEqual(Array.from({ length: variable.size }, (_, k) => k + i / 8));
    });
    const path = join(folder, 'state.safetensors');
    writeSafetensors(path, state(a), {});
    loadOfficialState(b, path);
    expect(numbers(b)).toEqual(numbers(a));
    rmSync(folder, { recursive: true });
  });

  test('of names with a prefix loads those alone', () => {
    const one = model();
    const tensors = new Map([...state(one)].map(([name, entry]) => [`param.${name}`, entry]));
    tensors.set('grad.D', { dtype: 'F32', shape: [3], data: new Float32Array(3) });
    loadOfficialState(one, tensors, { prefix: 'param.' });
    expect([...one.parameters['encoder.bias'].dataSync()]).toEqual([0.125, 1.125, 2.125, 3.125]);
  });

  test('names everything missing, left over or of the wrong shape at once, and changes nothing', () => {
    const one = model();
    const before = numbers(one);
    const tensors = state(one);
    tensors.delete('encoder.weight');
    tensors.delete('model.s4_layers.0.neuron.model.conv1.bias');
    tensors.set('model.s4_layers.0.D', { dtype: 'F32', shape: [4, 1], data: new Float32Array(4) });
    tensors.set('model.s4_layers.1.D', { dtype: 'F32', shape: [1, 4], data: new Float32Array(4) });
    expect(() => loadOfficialState(one, tensors)).toThrow(
      new RangeError(
        'loadOfficialState: the state does not fit the model: encoder.weight is missing; ' +
          'model.s4_layers.0.D is [4, 1], not [1, 4]; model.s4_layers.0.neuron.model.conv1.bias is missing; ' +
          'model.s4_layers.1.D belongs to nothing in the model (build the model with the options that the state was trained with)',
      ),
    );
    expect(numbers(one)).toEqual(before);
  });

  test("running statistics are needed, PyTorch's count of batches is not", () => {
    const one = model(BATCH_NORM);
    const tensors = state(one);
    tensors.set('model.norms.0.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) });
    loadOfficialState(one, tensors);
    tensors.delete('model.norms.0.running_var');
    expect(() => loadOfficialState(one, tensors)).toThrow(
      /model: model\.norms\.0\.running_var is missing \(build/,
    );
  });

  test('norms that the official code makes and never uses are passed over', () => {
    const plain = model();
    const tensors = state(plain);
    tensors.set('model.norms.0.weight', { dtype: 'F32', shape: [4], data: new Float32Array(4) });
    loadOfficialState(plain, tensors);
  });

  test('a fixed threshold keeps its value where the state holds none', () => {
    const fixed = model({ threshold: 'fixed', v_th: 2 });
    const tensors = state(fixed);
    tensors.delete('model.s4_layers.0.ln_vth');
    loadOfficialState(fixed, tensors);
    expect(fixed.buffers['model.s4_layers.0.ln_vth'].dataSync()[0]).toBeCloseTo(Math.log(2), 6);
    const learnable = model();
    const without = state(learnable);
    without.delete('model.s4_layers.0.ln_vth');
    expect(() => loadOfficialState(learnable, without)).toThrow(/ln_vth is missing/);
  });
});
