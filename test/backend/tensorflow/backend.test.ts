import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { availableBackends, useBackend } from '../../../src/backend/index.js';
import { cudaVisible, gpus } from '../../../src/backend/tensorflow/cuda.js';
import { preferred } from '../../../src/backend/tensorflow/index.js';
import * as tf from '../../../src/tf.js';
import { fakes } from './fakes.js';

const state = availableBackends().tensorflow;

afterEach(() => vi.unstubAllEnvs());

describe('where it is not set up', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tensorflow-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the error names the command', async () => {
    vi.stubEnv('SPIKINGSSM_TENSORFLOW', folder);
    await expect(useBackend('tensorflow')).rejects.toThrow(
      /^useBackend: tensorflow cannot work here: it is not set up \(run `npx spikingssm setup tensorflow`\) \(available: /,
    );
  });

  test('libraries that cannot be loaded: the error says how to begin anew', async () => {
    vi.stubEnv('SPIKINGSSM_TENSORFLOW', folder);
    const made = join(folder, '2.99.0-cpu');
    mkdirSync(made);
    writeFileSync(join(made, 'binding.node'), 'no library');
    writeFileSync(
      join(made, 'setup.json'),
      JSON.stringify({ version: '2.99.0', gpu: false, files: { 'binding.node': 10 } }),
    );
    writeFileSync(join(folder, 'current'), '2.99.0-cpu\n');
    if (tf.findBackendFactory('tensorflow')) throw new Error('tensorflow was loaded before');
    await expect(useBackend('tensorflow')).rejects.toThrow(
      /TensorFlow in .*2\.99\.0-cpu cannot be loaded: .* \(run `npx spikingssm setup tensorflow --remove`, then `/s,
    );
  });
});

describe('CUDA', () => {
  test.each(['', '-1', 'none'])(
    'CUDA_VISIBLE_DEVICES=%s hides every device, and auto looks elsewhere',
    async (value) => {
      vi.stubEnv('SPIKINGSSM_BACKEND', '');
      vi.stubEnv('CUDA_VISIBLE_DEVICES', value);
      expect(cudaVisible()).toBe(false);
      expect(preferred()).toBeUndefined();
      expect((await useBackend('auto')).name).not.toBe('tensorflow');
    },
  );

  test.skipIf(process.platform === 'win32')(
    'name and memory of the devices come from nvidia-smi',
    async () => {
      const fake = await fakes();
      fake.program(
        'nvidia-smi',
        '#!/bin/sh\necho "NVIDIA H100 80GB HBM3, 81559"\necho "$@" > "$FAKES/words"\n',
      );
      expect(gpus()).toEqual([{ name: 'NVIDIA H100 80GB HBM3', memoryMiB: 81559 }]);
      fake.program('nvidia-smi', '#!/bin/sh\nexit 9\n');
      expect(gpus()).toEqual([]);
      fake.remove();
    },
  );
});

describe.skipIf(state !== true)(`set up${state === true ? '' : `: ${state}`}`, () => {
  test('it tells version, threads and processors', async () => {
    const { name, device } = await useBackend('tensorflow');
    expect(name).toBe('tensorflow');
    expect(device?.library).toMatch(/^TensorFlow \d+\.\d+/);
    expect(device?.threads).toBe(availableParallelism());
    expect(device?.processors[0].name).not.toBe('');
    const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).arraySync());
    expect(sum).toEqual([2, 3]);
  });

  test('once it is registered, by whomever, no set-up is asked for', async () => {
    await useBackend('tensorflow');
    vi.stubEnv('SPIKINGSSM_TENSORFLOW', '/nowhere');
    expect(availableBackends().tensorflow).toBe(true);
    expect((await useBackend('tensorflow')).name).toBe('tensorflow');
  });

  test('its number of threads is settled when it is loaded', async () => {
    await useBackend('tensorflow');
    await expect(useBackend('tensorflow', { threads: 999 })).rejects.toThrow(
      /tensorflow runs on \d+ threads, which it cannot change, got 999 \(start anew\)$/,
    );
    await expect(useBackend('tensorflow', { threads: 1.5 })).rejects.toThrow(
      'useBackend: threads must be an integer in [0, 1024], got 1.5 (0: one a core)',
    );
  });
});
