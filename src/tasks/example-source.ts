import type { Dataset } from './task.js';

/** How the examples of a set are known without being made, where that takes long. */
export interface ExampleSource {
  /** The file that holds an example, and what else says exactly what it is: its place there, or a generator's number. */
  of(example: number): { readonly file?: string; readonly place?: string | number };
  /** Its class. Left out where it follows from what the example is. */
  labelOf?(example: number): number | readonly number[];
  /** What becomes of each: plain data, such as the features that are taken of it. */
  readonly how?: unknown;
}

interface Known {
  source: ExampleSource;
  /** The numbers of the set's examples, in stored order. */
  examples: Uint32Array;
}

/** By the set itself: a set that copies another's fields and changes its batches is another set. */
const known = new WeakMap<Dataset, Known | Dataset>();

/** Says what the examples of a set are. */
export function knownBySource(set: Dataset, source: ExampleSource, examples: Uint32Array): void {
  known.set(set, { source, examples });
}

/** Says that a set holds the examples of another, which are easier to come by there. */
export function knownAs(set: Dataset, other: Dataset): void {
  known.set(set, other);
}

/** What to read for a set's fingerprint: its source where it has one, or else a set to go through. */
export function toIdentify(set: Dataset): Known | Dataset {
  const found = known.get(set);
  if (found === undefined) return set;
  return 'source' in found ? found : toIdentify(found);
}
