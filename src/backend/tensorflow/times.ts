import * as tf from '../../tf.js';
import type { TensorflowBackend } from './binding.js';
import { onGpu } from './execute.js';
import { finish } from './index.js';

/** Calls of the binding of one kind and the milliseconds in them. */
export interface CallTimes {
  calls: number;
  ms: number;
}

type Call = (...given: unknown[]) => unknown;

/**
 * Runs `work` on the current backend, which must be `tensorflow`, and times every call of the binding: TensorFlow's
 * operations by their names, and the making, reading and deleting of tensors. On a GPU each operation is waited for, so
 * that its time is that of the work and not of handing it over; nothing overlaps then, and all of them together take
 * longer than the same work untimed.
 */
export function timeCalls(work: () => void): Map<string, CallTimes> {
  const backend = tf.backend() as TensorflowBackend & { binding: object };
  const { binding } = backend;
  const settable = backend as { binding: object };
  const times = new Map<string, CallTimes>();
  const timed: Record<string, unknown> = {};
  const wait = onGpu() ? waiting(settable, binding, timed) : undefined;
  for (const name of Object.getOwnPropertyNames(binding)) {
    const value = (binding as unknown as Record<string, unknown>)[name];
    timed[name] =
      typeof value === 'function' ? timedCall(name, (value as Call).bind(binding), times, wait) : value;
  }
  settable.binding = timed;
  try {
    work();
  } finally {
    settable.binding = binding;
  }
  return times;
}

/** `finish`, untimed, and how long it takes where nothing is left to do. */
function waiting(backend: { binding: object }, binding: object, timed: object): Wait {
  const call = (): void => {
    backend.binding = binding;
    finish();
    backend.binding = timed;
  };
  const waits = Array.from({ length: 21 }, () => millisecondsOf(call)).sort((a, b) => a - b);
  return { call, ms: waits[10] };
}

interface Wait {
  call(): void;
  ms: number;
}

function timedCall(name: string, call: Call, times: Map<string, CallTimes>, wait?: Wait): Call {
  return (...given) => {
    let result: unknown;
    let ms = millisecondsOf(() => {
      result = call(...given);
      if (name === 'executeOp') wait?.call();
    });
    if (name === 'executeOp' && wait) ms = Math.max(0, ms - wait.ms);
    const kind = name === 'executeOp' ? (given[0] as string) : name;
    const before = times.get(kind);
    times.set(kind, { calls: (before?.calls ?? 0) + 1, ms: (before?.ms ?? 0) + ms });
    return result;
  };
}

function millisecondsOf(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
