import { finish } from '../backend/index.js';
import { checkKeys } from '../options.js';

/** Times of one case, in milliseconds. */
export interface Times {
  medianMs: number;
  minMs: number;
  maxMs: number;
  runs: number;
  /**
   * Processor time of a run, all threads of the process together, mean over the runs: what is left to compare by where
   * other work takes turns with ours.
   */
  cpuMs: number;
}

/** Times of runs, and the processor time of all of them together. */
export interface Turn {
  times: number[];
  cpuMs: number;
}

/** Work that is ready to be timed. */
export interface Prepared {
  /** Does all of it once, and leaves no tensor behind. */
  run(): void;
  dispose(): void;
}

export interface MeasureOptions {
  /** Time to spend after the warm-up. */
  seconds: number;
  /** Runs at least, however long they take. */
  leastRuns: number;
}

/** Warms up (twice, and until a tenth of the time is spent), then times runs one by one. */
export function measure(work: Prepared, options: MeasureOptions): Times {
  checkKeys('measure', options, ['seconds', 'leastRuns']);
  const { seconds, leastRuns } = options;
  const warm = performance.now() + 100 * seconds;
  for (let i = 0; i < 2 || (performance.now() < warm && i < 1000); i++) timeOf(work);
  const end = performance.now() + 1000 * seconds;
  return summary([timed(work, (done) => done < leastRuns || performance.now() < end)]);
}

/** Runs while `more(runs so far)`. */
export function timed(work: Prepared, more: (done: number) => boolean): Turn {
  const before = process.cpuUsage();
  const times: number[] = [];
  while (more(times.length)) times.push(timeOf(work));
  const { user, system } = process.cpuUsage(before);
  return { times, cpuMs: (user + system) / 1000 };
}

function timeOf(work: Prepared): number {
  const begun = performance.now();
  work.run();
  finish();
  return performance.now() - begun;
}

/** @param turns  of at least one run */
export function summary(turns: readonly Turn[]): Times {
  const sorted = turns.flatMap(({ times }) => times).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    medianMs: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle - 1)]) / 2,
    minMs: sorted[0],
    maxMs: sorted[sorted.length - 1],
    runs: sorted.length,
    cpuMs: turns.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / sorted.length,
  };
}
