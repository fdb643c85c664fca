import type { Random } from '../random.js';
import type * as tf from '../tf.js';
import type { Preparation } from './preparation.js';

export interface Batch {
  /** Inputs: float32 [batch, L, d], or token numbers int32 [batch, L]; of pairs [batch, 2, L, d] and [batch, 2, L]. */
  x: tf.Tensor;
  /**
   * Class of each example: int32 [batch]; or of each step, such as the token that comes next: int32 [batch, L]; or with
   * `targets: 'real'` the numbers to be learnt: float32 [batch, classes].
   */
  y: tf.Tensor;
  /** True length of each sequence, where they differ: [batch], of pairs [2 batch]. */
  lengths?: Int32Array;
}

export interface BatchOptions {
  /** Examples a batch; the last batch holds the rest and is never dropped. */
  batch: number;
  /** Shuffles the examples; without it they come in stored order. */
  random?: Random;
}

/** A finite set of labelled sequences. */
export interface Dataset {
  readonly size: number;
  /** The caller disposes each batch (`disposeBatch`). */
  batches(options: BatchOptions): Iterable<Batch>;
  /** The same data, its first `count` examples only. */
  take(count: number): Dataset;
}

/** What a model learns to say: one of several classes, or numbers. */
export type Targets = 'classes' | 'real';

export interface Task {
  readonly name: string;
  /** Of a language model: the tokens; of a regression: how many numbers an example has. */
  readonly classes: number;
  /** Default 'classes'. */
  readonly targets?: Targets;
  /** Length L of a sequence (the longest, where they differ). */
  readonly length: number;
  /** What one step holds: `size` real numbers, or one of `size` tokens. */
  readonly input: { kind: 'real' | 'tokens'; size: number };
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /**
   * What a reader of a result has to know: a split that is not the original's, images that are copies, data made
   * here. To be printed with every number.
   */
  readonly notes?: readonly string[];
  /** Names of the classes in the order of their numbers, where they have some. */
  readonly classNames?: readonly string[];
  /** Steps a second of a sequence, where that is known. */
  readonly sampleRate?: number;
  readonly preparation?: Preparation;
  /** The file or folder it was read from, where it is one of a user's own: an absolute path. */
  readonly source?: string;
  /**
   * What the data are known by when a run goes on, for a task of your own that takes long to go through: plain data that
   * are different whenever a value, a label or the split is. Default: every value is looked at.
   */
  readonly fingerprint?: () => unknown;
}

export function disposeBatch(batch: Batch): void {
  batch.x.dispose();
  batch.y.dispose();
}
