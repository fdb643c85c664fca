import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { availableBackends, type BackendName, useBackend } from '../../src/backend/index.js';
import * as tf from '../../src/tf.js';

afterEach(() => vi.unstubAllEnvs());

/** The native kernels come first where the addon was built. */
const native = existsSync(fileURLToPath(new URL('../../build/Release/spikingssm.node', import.meta.url)));
const first = native ? 'native' : 'cpu';

test('auto takes the first that works, and says why', async () => {
  vi.stubEnv('SPIKINGSSM_BACKEND', '');
  expect(await useBackend('auto')).toEqual({ name: first, reason: 'the first that works here' });
  expect(await useBackend()).toEqual({ name: first, reason: 'the first that works here' });
  expect(tf.getBackend()).toBe(first);
});

test('SPIKINGSSM_BACKEND stands in for auto, not for a name', async () => {
  vi.stubEnv('SPIKINGSSM_BACKEND', 'cpu');
  expect(await useBackend('auto')).toEqual({ name: 'cpu', reason: 'SPIKINGSSM_BACKEND names it' });
  vi.stubEnv('SPIKINGSSM_BACKEND', 'toaster');
  expect(await useBackend('cpu')).toEqual({ name: 'cpu', reason: 'you named it' });
});

test('an unknown backend lists those there are and the nearest; the one in use stays', async () => {
  vi.stubEnv('SPIKINGSSM_BACKEND', '');
  await useBackend('cpu');
  await expect(useBackend('cqu' as BackendName)).rejects.toThrow(
    new TypeError(
      'useBackend: unknown backend "cqu" (did you mean "cpu"? known: auto, native, cpu, tensorflow)',
    ),
  );
  await expect(useBackend('toString' as BackendName)).rejects.toThrow(
    /^useBackend: unknown backend "toString"/,
  );
  expect(tf.getBackend()).toBe('cpu');
});

test('an unknown name in SPIKINGSSM_BACKEND says where it stands', async () => {
  vi.stubEnv('SPIKINGSSM_BACKEND', 'gpu');
  await expect(useBackend('auto')).rejects.toThrow(
    new TypeError(
      'useBackend (SPIKINGSSM_BACKEND): unknown backend "gpu" (did you mean "cpu" or "tensorflow"? known: auto, native, cpu, tensorflow)',
    ),
  );
});

test('availableBackends tells which work here', () => {
  const reason = expect.stringContaining('install a C++ compiler');
  vi.stubEnv('SPIKINGSSM_TENSORFLOW', '/nowhere');
  expect(availableBackends()).toEqual({
    native: native || reason,
    cpu: true,
    tensorflow: 'it is not set up (run `npx spikingssm setup tensorflow`)',
  });
});

test('the backend does not greet with an advertisement', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await useBackend('cpu');
  tf.tensor1d([1]).dispose();
  expect(warn).not.toHaveBeenCalled();
});
