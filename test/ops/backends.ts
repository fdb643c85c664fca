import { test } from 'vitest';
import { availableBackends, type BackendName, useBackend } from '../../src/backend/index.js';
import * as ops from '../../src/ops/index.js';
import * as tf from '../../src/tf.js';

const all = [
  { backend: 'cpu', forward: 1e-6, gradient: 1e-5 },
  // Sums in float32, in another order; parameters' gradients in float64 at the end.
  { backend: 'native', forward: 2e-6, gradient: 2e-5 },
  // TensorFlow's kernels, float32 throughout.
  { backend: 'tensorflow', forward: 2e-5, gradient: 2e-4 },
  // The composites' own rounding: they compute in float32 throughout.
  { backend: 'composite', forward: 2e-5, gradient: 2e-4 },
];
/** Every form of the operations that works here: a backend that has it, and how exact it is. */
const here: Record<string, unknown> = { ...availableBackends(), composite: true };
export const forms: readonly { backend: string; forward: number; gradient: number }[] = all.filter(
  ({ backend }) => here[backend] === true,
);

/** Has the forms that cannot work here counted as skipped, with the reason. */
export function skipMissingForms(): void {
  for (const { backend } of all) {
    if (here[backend] !== true) test.skip(`${backend}: ${here[backend]}`, () => {});
  }
}

/** tfjs's cpu backend without our kernels, so that every operation takes its composite form. */
export async function selectForm(backend: string): Promise<void> {
  if (backend !== 'composite') {
    await useBackend(backend as BackendName);
    return;
  }
  await useBackend('cpu');
  if (!tf.findBackend(backend)) {
    tf.registerBackend(backend, tf.findBackendFactory('cpu') as () => tf.KernelBackend);
    tf.copyRegisteredKernels('cpu', backend);
    for (const operation of Object.values(ops)) {
      if (typeof operation === 'function') continue;
      if (tf.getKernel(operation.name, backend) === undefined) continue;
      tf.unregisterKernel(operation.name, backend);
      tf.unregisterKernel(`${operation.name}Grad`, backend);
    }
    (tf.findBackend(backend) as unknown as { firstUse: boolean }).firstUse = false;
  }
  await tf.setBackend(backend);
}
