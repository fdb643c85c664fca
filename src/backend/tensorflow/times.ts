import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from './binding.js';

/** Calls of the binding of one kind and the milliseconds in them. */
export interface CallTimes {
  calls: number;
  ms: number;
}

type Call = (...given: unknown[]) => unknown;

/**
 * Runs `work` on the current backend, which must be `tensorflow`, and times every call of the binding: TensorFlow's
 * operations by their names, and the making, reading and deleting of tensors.
 */
export function timeCalls(work: () => void): Map<string, CallTimes> {
  const backend = tf.backend() as TensorflowBackend & { binding: object };
  const { binding } = backend;
  const times = new Map<string, CallTimes>();
  const timed: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(binding)) {
    const value = (binding as unknown as Record<string, unknown>)[name];
    timed[name] = typeof value === 'function' ? timedCall(name, (value as Call).bind(binding), times) : value;
  }
  const settable = backend as { binding: object };
  settable.binding = timed;
  try {
    work();
  } finally {
    settable.binding = binding;
  }
  return times;
}

function timedCall(name: string, call: Call, times: Map<string, CallTimes>): Call {
  return (...given) => {
    const begun = performance.now();
    const result = call(...given);
    const ms = performance.now() - begun;
    const kind = name === 'executeOp' ? (given[0] as string) : name;
    const before = times.get(kind);
    times.set(kind, { calls: (before?.calls ?? 0) + 1, ms: (before?.ms ?? 0) + ms });
    return result;
  };
}
