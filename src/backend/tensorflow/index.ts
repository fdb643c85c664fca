import { availableParallelism, cpus } from 'node:os';
import * as tf from '../../tf.js';
import type { BackendOptions, Device } from '../index.js';
import { registerTensorflow, type TensorflowBackend } from './binding.js';
import { cudaVisible, gpus } from './cuda.js';
import { onGpu } from './execute.js';
import { COMMAND, currentSetUp } from './location.js';

/** Read by TensorFlow when it starts, and never again. */
const THREADS = 'TF_NUM_INTRAOP_THREADS';
/** Read by TensorFlow and CUDA when they start; what the environment says already stays. */
const DEFAULTS: Readonly<Record<string, string>> = {
  /** Errors only. */
  TF_CPP_MIN_LOG_LEVEL: '2',
  /** Takes memory of a GPU as it needs it, not all of it, so that two notebooks can share one. */
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  /** Products in float32 as everywhere else; TensorFlow's own choice keeps 10 bits of their factors on newer GPUs. */
  NVIDIA_TF32_OVERRIDE: '0',
};

export function available(): true | string {
  // Also where somebody loaded tfjs-node itself, which registers the same backend.
  if (tf.findBackendFactory('tensorflow') !== null) return true;
  const found = currentSetUp();
  return 'problem' in found ? found.problem : true;
}

/** `auto` takes it where a GPU can be used, which the native kernels cannot. */
export function preferred(): string | undefined {
  const found = currentSetUp();
  return 'setUp' in found && found.setUp.gpu && cudaVisible() ? 'a CUDA device is visible' : undefined;
}

/**
 * Registers tfjs-node's backend on the libraries of `spikingssm setup tensorflow`.
 * @throws RangeError  for a number of threads other than the one it was loaded with
 * @throws Error       where the libraries cannot be loaded
 */
export async function load({ threads = 0 }: BackendOptions = {}): Promise<void> {
  if (!(Number.isInteger(threads) && threads >= 0 && threads <= 1024)) {
    throw new RangeError(
      `useBackend: threads must be an integer in [0, 1024], got ${threads} (0: one a core)`,
    );
  }
  if (tf.findBackendFactory('tensorflow') !== null) {
    if (threads !== 0 && threads !== threadsInUse()) {
      throw new RangeError(
        `useBackend: tensorflow runs on ${threadsInUse()} threads, which it cannot change, got ${threads} (start anew)`,
      );
    }
    return;
  }
  const found = currentSetUp();
  if ('problem' in found) throw new RangeError(`useBackend: tensorflow cannot work here: ${found.problem}`);
  if (threads !== 0) process.env[THREADS] = String(threads);
  for (const [name, value] of Object.entries(DEFAULTS)) process.env[name] ??= value;
  try {
    registerTensorflow(found.folder);
  } catch (error) {
    throw new Error(
      `useBackend: TensorFlow in ${found.folder} cannot be loaded: ${(error as Error).message} ` +
        `(run \`${COMMAND} --remove\`, then \`${COMMAND}\`)`,
      { cause: error },
    );
  }
}

/** What it computes on. The backend must be the current one. */
export function device(): Device {
  const { binding } = tf.backend() as TensorflowBackend;
  return {
    library: `TensorFlow ${binding.TF_Version}`,
    threads: threadsInUse(),
    processors: onGpu()
      ? gpus().map((gpu) => ({ kind: 'GPU', ...gpu }))
      : [{ kind: 'CPU', name: cpus()[0]?.model.trim() ?? 'unknown' }],
  };
}

/** Waits for the GPU by asking for a number that it makes last. */
export function finish(): void {
  if (onGpu()) tf.tidy(() => tf.neg(tf.scalar(1)).dataSync());
}

function threadsInUse(): number {
  return Number(process.env[THREADS]) || availableParallelism();
}
