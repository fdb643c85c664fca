import type { Split } from './index.js';

/** What the thread is started with. */
export interface ThreadData {
  /** Name of the task's function. */
  name: string;
  options: object;
  port: import('node:worker_threads').MessagePort;
  /** Counts the answers, so that the other side can wait for one: Int32 [1]. */
  answers: SharedArrayBuffer;
}

/** Asks for the batch of some examples. */
export interface Request {
  id: number;
  split: Split;
  examples: Uint32Array;
}

export interface Prepared {
  x: Float32Array | Int32Array;
  xShape: number[];
  y: Int32Array;
  yShape: number[];
  lengths?: Int32Array;
}

export type Answer = { id: number } & ({ prepared: Prepared } | { error: string });
