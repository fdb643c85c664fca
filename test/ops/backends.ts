import * as tf from '@tensorflow/tfjs';
import { useBackend } from '../../src/backend/index.js';
import * as ops from '../../src/ops/index.js';

/** Every form of the operations: a backend that has it, and how exact it is. */
export const forms: readonly { backend: string; forward: number; gradient: number }[] = [
  { backend: 'cpu', forward: 1e-6, gradient: 1e-5 },
  // The composites' own rounding: they compute in float32 throughout.
  { backend: 'composite', forward: 2e-5, gradient: 2e-4 },
];

/** tfjs's cpu backend without our kernels, so that every operation takes its composite form. */
export async function selectForm(backend: string): Promise<void> {
  await useBackend('cpu');
  if (backend === 'cpu') return;
  if (!tf.findBackend(backend)) {
    tf.registerBackend(backend, tf.findBackendFactory('cpu') as () => tf.KernelBackend);
    tf.copyRegisteredKernels('cpu', backend);
    for (const operation of Object.values(ops)) {
      if (typeof operation === 'function') continue;
      tf.unregisterKernel(operation.name, backend);
      tf.unregisterKernel(`${operation.name}Grad`, backend);
    }
    (tf.findBackend(backend) as unknown as { firstUse: boolean }).firstUse = false;
  }
  await tf.setBackend(backend);
}
