import { availableParallelism } from 'node:os';
import * as tf from '../../tf.js';
import { addon, hasAddon } from './addon.js';
import { forReader, hold, release } from './memory.js';
import { registerTfjsKernels } from './tfjs-kernels.js';

export function available(): true | string {
  if (hasAddon()) return true;
  return 'its addon was not built (install a C++ compiler, g++ or clang++, and run `npm run build`)';
}

/** Registers the backend: tfjs's own for the CPU, its kernels wherever there is none of ours. */
export async function load({ threads = 0 }: { threads?: number } = {}): Promise<void> {
  if (!(Number.isInteger(threads) && threads >= 0 && threads <= 1024)) {
    throw new RangeError(
      `useBackend: threads must be an integer in [0, 1024], got ${threads} (0: one a core)`,
    );
  }
  addon().setThreads(threads || availableParallelism());
  if (tf.findBackendFactory('native') !== null) return;
  tf.registerBackend('native', () => withMemory((tf.findBackendFactory('cpu') as () => HostBackend)()));
  registerTfjsKernels();
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernel.kernelName, 'native') === undefined) {
      tf.registerKernel({ ...kernel, backendName: 'native' });
    }
  }
  // The backend greets the first tensor with an advertisement unless it believes that it already has.
  (tf.findBackend('native') as unknown as { firstUse: boolean }).firstUse = false;
}

/** What tfjs's cpu backend does with the memory of tensors. */
interface HostBackend extends tf.KernelBackend {
  data: { has(id: object): boolean; get(id: object): { values: tf.BackendValues } };
}

/** Makes the backend tell where memory is in use, so that it can be used again. */
function withMemory(backend: HostBackend): HostBackend {
  const { write, move, read, readSync, disposeData } = backend;
  backend.write = (values, ...rest) => write.call(backend, hold(values), ...rest);
  backend.move = (id, values, ...rest) => move.call(backend, id, hold(values), ...rest);
  backend.read = async (id) => forReader(await read.call(backend, id));
  backend.readSync = (id) => forReader(readSync.call(backend, id));
  backend.disposeData = (id, force) => {
    const values = backend.data.has(id) ? backend.data.get(id).values : undefined;
    const gone = disposeData.call(backend, id, force);
    if (gone) release(values);
    return gone;
  };
  return backend;
}
