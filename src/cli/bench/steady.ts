import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Prepared } from '../../analysis/measure.js';
import * as tf from '../../tf.js';

/** What many runs of the same work do to memory: nothing, if all is well. */
export interface Steady {
  runs: number;
  /** Tensors after the warm-up, and after the last run. */
  tensors: [number, number];
  /** Resident memory of the process after the warm-up, then after each further tenth of the runs, in MiB. */
  residentMiB: number[];
  /** Last over first of these, less one. */
  growth: number;
}

/** The share of the runs after which memory is compared. */
const WARM_UP = 0.1;

/** Runs the work so many times and watches memory, garbage collected before each look. */
export function steady(work: Prepared, runs: number, onLook: (run: number) => void = () => {}): Steady {
  const collect = garbageCollector();
  const tensors: number[] = [];
  const residentMiB: number[] = [];
  const every = Math.ceil(WARM_UP * runs);
  for (let run = 1; run <= runs; run++) {
    work.run();
    if (run % every !== 0 && run !== runs) continue;
    collect();
    tensors.push(tf.memory().numTensors);
    residentMiB.push(process.memoryUsage.rss() / 2 ** 20);
    onLook(run);
  }
  const [first, last] = [residentMiB[0], residentMiB[residentMiB.length - 1]];
  return { runs, tensors: [tensors[0], tensors[tensors.length - 1]], residentMiB, growth: last / first - 1 };
}

export function steadyLine({ runs, tensors, residentMiB, growth }: Steady): string {
  const memory = residentMiB.map((value) => value.toFixed(0)).join(' ');
  return (
    `${runs} runs: ${tensors.join(' then ')} tensors; resident ${memory} MiB, ` +
    `${growth < 0 ? '' : '+'}${(100 * growth).toFixed(2)} % from first to last`
  );
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
