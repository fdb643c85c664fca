/** Times of one case, in milliseconds. */
export interface Times {
  medianMs: number;
  minMs: number;
  maxMs: number;
  runs: number;
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
export function measure(work: Prepared, { seconds, leastRuns }: MeasureOptions): Times {
  const warm = performance.now() + 100 * seconds;
  for (let i = 0; i < 2 || (performance.now() < warm && i < 1000); i++) work.run();
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < leastRuns || performance.now() < end) times.push(timeOf(work));
  return summary(times);
}

export function timeOf(work: Prepared): number {
  const begun = performance.now();
  work.run();
  return performance.now() - begun;
}

/** @param times  at least one */
export function summary(times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    medianMs: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle - 1)]) / 2,
    minMs: sorted[0],
    maxMs: sorted[sorted.length - 1],
    runs: sorted.length,
  };
}
