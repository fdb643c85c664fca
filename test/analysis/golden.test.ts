import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkGolden, goldenFiles, goldenLine } from '../../src/analysis/golden/index.js';
import { readSafetensors, type SafetensorsEntry, writeSafetensors } from '../../src/files/safetensors.js';
import { forms, selectForm, skipMissingForms } from '../ops/backends.js';

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));

let folder: string;
beforeAll(async () => {
  await selectForm('cpu');
  folder = mkdtempSync(join(tmpdir(), 'golden-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of a golden file with changes; returns its name in `folder`. */
function spoilt(
  source: string,
  change: (tensors: Map<string, SafetensorsEntry>, metadata: Record<string, string>) => void,
): string {
  const { tensors, metadata } = readSafetensors(join(GOLDEN, source));
  const [changed, notes] = [new Map(tensors), { ...metadata }];
  change(changed, notes);
  writeSafetensors(join(folder, source), changed, notes);
  return source;
}

/** Adds `by` to the entry of `name` that is largest in size. */
function nudge(tensors: Map<string, SafetensorsEntry>, name: string, by: number): void {
  const entry = tensors.get(name) as SafetensorsEntry;
  const data = Float64Array.from(entry.data, Number);
  const sizes = data.map(Math.abs);
  data[sizes.indexOf(Math.max(...sizes))] += by;
  tensors.set(name, { dtype: 'F64', shape: entry.shape, data });
}

skipMissingForms();

describe.each(forms)('numbers of the official implementation, $backend', ({ backend }) => {
  beforeAll(() => selectForm(backend));
  afterAll(() => selectForm('cpu'));

  test.each(goldenFiles(GOLDEN))('%s', (name) => {
    const result = checkGolden(GOLDEN, name);
    expect(result.pass, goldenLine(result)).toBe(true);
  });
});

test('the files hold blocks and training runs of every neuron, direction, threshold and norm', () => {
  const notes = goldenFiles(GOLDEN).map((name) => readSafetensors(join(GOLDEN, name)).metadata);
  const values = (key: string) => new Set(notes.map((note) => note[key]).filter(Boolean));
  expect(values('neuron')).toEqual(new Set(['bptt', 'sltt', 'sdn']));
  expect(values('norm')).toEqual(new Set(['layer', 'batch']));
  for (const flag of ['bidirectional', 'trainable_B', 'shared_vth', 'prenorm'])
    expect(values(flag), flag).toEqual(new Set(['True', 'False']));
});

describe('one number changed', () => {
  test.each([
    ['block-bptt.safetensors', 'y', 1e-3, 'forward'],
    ['block-bptt.safetensors', 'current', 1e-3, 'forward'],
    ['block-bptt.safetensors', 'grad.kernel.log_dt', 0.1, 'gradients'],
    ['block-bptt.safetensors', 'grad.ln_vth', 0.1, 'gradients'],
    ['block-sdn.safetensors', 'grad.x', 0.1, 'gradients'],
    ['block-sdn.safetensors', 'spikes', 1, 'spikes'],
    ['train-bptt-prenorm-layer.safetensors', 'losses', 1e-3, 'losses'],
    ['train-bptt-prenorm-layer.safetensors', 'final.decoder.weight', 0.1, 'parameters'],
    ['train-bptt-prenorm-layer.safetensors', 'logits0', 0.1, 'forward'],
  ] as const)('%s: %s + %d fails, by its %s', (source, name, by, kind) => {
    const result = checkGolden(
      folder,
      spoilt(source, (tensors) => nudge(tensors, name, by)),
    );
    expect(result.pass).toBe(false);
    expect(goldenLine(result)).toMatch(/FAIL$/);
    const honest = checkGolden(GOLDEN, source).error;
    expect(result.error?.[kind]).toBeGreaterThan(10 * (honest?.[kind] ?? 0));
  });
});

describe('a file that cannot be run fails with its reason', () => {
  test.each([
    ['a tensor is missing', 'cotangent', undefined, /holds no tensor cotangent$/],
    [
      'a parameter is missing',
      'param.ln_vth',
      undefined,
      /the state does not fit the model: ln_vth is missing/,
    ],
    [
      'an unknown neuron',
      undefined,
      { neuron: 'izhikevich' },
      /neuron must be bptt, sltt or sdn, got izhikevich$/,
    ],
    ['a size is missing', undefined, { N: 'many' }, /has no number for N, got many$/],
  ])('%s', (_, missing, notes, message) => {
    const name = spoilt('block-bptt.safetensors', (tensors, metadata) => {
      if (missing) tensors.delete(missing);
      Object.assign(metadata, notes);
    });
    const result = checkGolden(folder, name);
    expect(result.pass).toBe(false);
    expect(result.error).toBeUndefined();
    expect(result.problem).toMatch(message);
    expect(goldenLine(result)).toBe(`${name}  ${result.problem}  FAIL`);
  });
});

test('a training file whose parameters are grouped otherwise fails, naming them', () => {
  const name = spoilt('train-sdn-nonorm.safetensors', (_, notes) => {
    notes.groups = notes.groups.replace("((0.01, 0.0), ['encoder.bias'", "((0.02, 0.01), ['encoder.bias'");
  });
  expect(checkGolden(folder, name).problem).toMatch(
    /the model trains .*encoder\.bias at rate 0\.02, decay 0, not 0\.02, 0\.01/,
  );
});

test('a line tells file, errors and verdict', () => {
  const error = { forward: 1.24e-7, gradients: 3.1e-6, losses: 0, parameters: 0, spikes: 0 };
  expect(goldenLine({ name: 'block-a.safetensors', error, pass: true })).toBe(
    'block-a.safetensors  forward 1.2e-7  gradients 3.1e-6  losses -  PASS',
  );
  const trained = { ...error, losses: 2e-5, parameters: 4e-5 };
  expect(goldenLine({ name: 'train-a.safetensors', error: trained, pass: false })).toBe(
    'train-a.safetensors  forward 1.2e-7  gradients 3.1e-6  losses 2.0e-5  parameters 4.0e-5  FAIL',
  );
  expect(goldenLine({ name: 'b', error: { ...error, spikes: 3 }, pass: false })).toBe(
    'b  forward 1.2e-7  gradients 3.1e-6  losses -  3 spikes differ  FAIL',
  );
});
