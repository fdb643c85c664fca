import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { writeSafetensors } from '../../src/files/safetensors.js';
import { lif, neuronOf, neurons, sdn, sdnSpike } from '../../src/neurons/index.js';
import * as tf from '../../src/tf.js';

let folder: string;
beforeAll(async () => {
  await useBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'sdn-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the config of a neuron is plain data that names it', () => {
  test('lif, sdn', () => {
    expect(lif({ tau: 0.3, gradient: 'sltt' }).config).toEqual({
      kind: 'lif',
      tau: 0.3,
      reset: 'hard',
      v_reset: 0,
      surrogate: 'piecewise-quadratic',
      gradient: 'sltt',
    });
    expect(sdn().config).toMatchObject({ kind: 'sdn', tau: 0.125 });
    expect(sdnSpike().config).toMatchObject({ kind: 'sdn-spike', tau: 0.125, gradient: 'straight-through' });
    const slope = sdnSpike({ gradient: 'surrogate', surrogate: 'arctan' });
    expect(slope.config).toMatchObject({ gradient: 'surrogate', surrogate: 'arctan' });
    expect(sdnSpike({ gradient: 'surrogate' }).config.surrogate).toBe('piecewise-quadratic');
    for (const { config } of [sdnSpike(), slope]) expect(neuronOf('here', config).config).toEqual(config);
  });

  test('short names', () => {
    expect(neuronOf('here', 'sltt').config).toEqual(lif({ gradient: 'sltt' }).config);
    expect(neuronOf('here', 'bptt').config).toEqual(neurons.bptt().config);
    const own = lif({ tau: 0.9 });
    expect(neuronOf('here', own)).toBe(own);
    expect(() => neuronOf('here', 'lief' as 'lif')).toThrow(
      /^here: unknown neuron "lief" .*known: lif, bptt, sltt/,
    );
  });
});

describe('messages', () => {
  test('a decay without shipped weights lists what there is', () => {
    expect(() => sdn({ tau: 0.3 })).toThrow(
      new RangeError(
        'sdn: no membrane network for tau = 0.3 comes with the package (there are: 0.125, 0.25, 0.5, 0.9; train one with trainSDN and pass its file as weights)',
      ),
    );
    expect(() => sdnSpike({ tau: 0.3 })).toThrow(
      /^sdnSpike: no spike network for tau = 0\.3 .* \(there are: .*; train one/,
    );
  });

  test('options', () => {
    expect(() => sdn({ tau: 1 })).toThrow(/^sdn: tau must be in \(0, 1\), got 1/);
    expect(() => sdn({ wieghts: 'a' } as object)).toThrow(
      /^sdn: unknown option "wieghts" \(did you mean "weights"\?/,
    );
    expect(() => sdn({ surrogate: 'tringle' as 'triangle' })).toThrow(
      /^sdn: unknown surrogate "tringle" \(did you mean "triangle"\?/,
    );
    expect(() => sdnSpike({ gradient: 'straight' as 'surrogate' })).toThrow(
      /^sdnSpike: unknown gradient "straight" .*straight-through, surrogate/,
    );
    expect(() => sdnSpike({ surrogate: 'triangle' })).toThrow(
      "sdnSpike: straight through there is no surrogate (pass gradient: 'surrogate' with it)",
    );
    expect(() => sdnSpike({ gradient: 'surrogate', surrogate: 'tringle' as 'triangle' })).toThrow(
      /^sdnSpike: unknown surrogate "tringle"/,
    );
    expect(() => sdnSpike({ gradent: 'surrogate' } as object)).toThrow(
      /unknown option "gradent" .*"gradient"/,
    );
    expect(() => lif({ tau: 5 })).toThrow(/^lif: tau must be in \(0, 1\), got 5 \(for a time constant/);
  });

  test('a file that is not there, and one that holds something else', () => {
    const missing = join(folder, 'missing.safetensors');
    expect(() => sdn({ weights: missing }).build()).toThrow(missing);
    const other = join(folder, 'other.safetensors');
    writeSafetensors(
      other,
      new Map([['conv1.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]),
      {},
    );
    const before = tf.memory().numTensors;
    expect(() => sdn({ weights: other }).build()).toThrow(
      new RangeError(
        `sdn: ${other} holds no network: conv1.weight is [1], not [8, 1, 8]; conv1.bias is missing; conv2.weight is missing; conv2.bias is missing; conv3.weight is missing; conv3.bias is missing (write it with trainSDN)`,
      ),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
