import * as tf from '@tensorflow/tfjs';
import { addon, hasAddon } from './addon.js';
import { registerTfjsKernels } from './tfjs-kernels.js';

export interface NativeOptions {
  /** Threads of the kernels. Default: one a core. */
  threads?: number;
}

export function available(): true | string {
  if (hasAddon()) return true;
  return 'its addon was not built (install a C++ compiler, g++ or clang++, and run `npm run build`)';
}

/** Registers the backend: tfjs's own for the CPU, its kernels wherever there is none of ours. */
export async function load(options: NativeOptions = {}): Promise<void> {
  addon().setThreads(options.threads ?? 0);
  if (tf.findBackendFactory('native') !== null) return;
  tf.registerBackend('native', tf.findBackendFactory('cpu') as () => tf.KernelBackend);
  registerTfjsKernels();
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernel.kernelName, 'native') === undefined) {
      tf.registerKernel({ ...kernel, backendName: 'native' });
    }
  }
  // The backend greets the first tensor with an advertisement unless it believes that it already has.
  (tf.findBackend('native') as unknown as { firstUse: boolean }).firstUse = false;
}
