import { measure, type Prepared } from '../../analysis/measure.js';
import { timeCalls } from '../../backend/tensorflow/times.js';
import * as tf from '../../tf.js';

/** One kernel's part in a run; `calls` and `ms` are those of one run. */
export interface KernelShare {
  kernel: string;
  calls: number;
  ms: number;
  /** Of the whole run. */
  share: number;
}

export interface Profile {
  /** Median of runs without the profiler. */
  medianMs: number;
  /** The longest first. */
  kernels: KernelShare[];
  /** What is left of the median: JavaScript between kernels. Negative where a GPU's work overlaps with it. */
  restMs: number;
}

const RUNS = 10;

/** Where the time of a run goes, kernel by kernel: mean of ten runs after a warm-up. */
export async function profile(work: Prepared, seconds: number): Promise<Profile> {
  const { medianMs } = measure(work, { seconds, leastRuns: 5 });
  const sums = tf.getBackend() === 'tensorflow' ? timesOfCalls(work) : await timesOfKernels(work, RUNS);
  const kernels = [...sums]
    .map(([kernel, { calls, ms }]) => ({ kernel, calls: Math.round(calls), ms, share: ms / medianMs }))
    .sort((a, b) => b.ms - a.ms);
  return { medianMs, kernels, restMs: medianMs - kernels.reduce((sum, { ms }) => sum + ms, 0) };
}

type Times = Map<string, { calls: number; ms: number }>;

/**
 * Calls and times of every kernel, a run. Asks tfjs's engine for its records: `tf.profile` looks for the largest of
 * them with one argument each, more than the stack holds where a loop over time runs a kernel a step.
 */
export async function timesOfKernels(work: Pick<Prepared, 'run'>, runs: number): Promise<Times> {
  const sums: Times = new Map();
  const { state } = tf.engine();
  for (let i = 0; i < runs; i++) {
    state.profiling = true;
    state.activeProfile.kernels = [];
    try {
      work.run();
    } finally {
      state.profiling = false;
    }
    for (const { name, kernelTimeMs } of state.activeProfile.kernels) {
      // Gradients of our own are scopes around kernels, and listed like kernels.
      if (tf.getKernel(name, tf.getBackend()) === undefined) continue;
      const sum = sums.get(name) ?? { calls: 0, ms: 0 };
      // The type says number or { error }; it is a promise of either.
      const ms = await kernelTimeMs;
      sums.set(name, { calls: sum.calls + 1 / runs, ms: sum.ms + (typeof ms === 'number' ? ms : 0) / runs });
    }
  }
  state.activeProfile.kernels = [];
  return sums;
}

/** Here kernels run further kernels, which would be counted twice: calls of the library are timed instead. */
function timesOfCalls(work: Prepared): Times {
  const sums: Times = new Map();
  for (let i = 0; i < RUNS; i++) {
    for (const [name, { calls, ms }] of timeCalls(() => work.run())) {
      const sum = sums.get(name) ?? { calls: 0, ms: 0 };
      sums.set(name, { calls: sum.calls + calls / RUNS, ms: sum.ms + ms / RUNS });
    }
  }
  return sums;
}

/** A table in text: kernels of at least a thousandth of the run, and the rest. */
export function profileLines({ medianMs, kernels, restMs }: Profile): string[] {
  const row = (name: string, calls: number | string, ms: number): string =>
    `${name.padEnd(24)}${String(calls).padStart(6)}${ms.toFixed(2).padStart(10)}` +
    `${((100 * ms) / medianMs).toFixed(1).padStart(8)} %`;
  return [
    `${'kernel'.padEnd(24)}${'calls'.padStart(6)}${'ms'.padStart(10)}${'share'.padStart(8)}`,
    ...kernels.filter(({ share }) => share >= 0.001).map(({ kernel, calls, ms }) => row(kernel, calls, ms)),
    row(restMs < 0 ? 'overlapping' : 'between kernels', '', restMs),
    row('whole run (median)', '', medianMs),
  ];
}
