import { type ExampleSource, knownBySource } from './example-source.js';
import type { Batch, BatchOptions, Dataset } from './task.js';

/** A data set of examples that are made by number. */
export interface IndexedDataset extends Dataset {
  /** Its examples' numbers, in stored order. */
  readonly examples: Uint32Array;
  readonly make: (examples: Uint32Array) => Batch;
  readonly lengthOf?: (example: number) => number;
  take(count: number): IndexedDataset;
}

/** Batches among which sequences of similar length are brought together. */
const POOL = 50;

/**
 * A data set of examples that can be made by number, in any order.
 * @param examples  the numbers of this set's examples, in stored order
 * @param make      builds the batch of the given examples
 * @param lengthOf  length of an example's sequence, where they differ: shuffled batches then hold sequences of similar
 *                  length, which wastes few steps on padding
 * @param source    what each example is, where that is told faster than by making it
 */
export function indexedDataset(
  examples: Uint32Array,
  make: (examples: Uint32Array) => Batch,
  lengthOf?: (example: number) => number,
  source?: ExampleSource,
): IndexedDataset {
  const set: IndexedDataset = {
    size: examples.length,
    examples,
    make,
    lengthOf,
    batches: (options) => made(arranged(examples, options, lengthOf), make),
    take: (count) => {
      if (!Number.isSafeInteger(count) || count < 1 || count > examples.length) {
        throw new RangeError(
          `take: count must be a whole number from 1 to the set's ${examples.length}, got ${count}`,
        );
      }
      return indexedDataset(examples.subarray(0, count), make, lengthOf, source);
    },
  };
  if (source) knownBySource(set, source, examples);
  return set;
}

function* made(batches: Iterable<Uint32Array>, make: (examples: Uint32Array) => Batch): Generator<Batch> {
  for (const examples of batches) yield make(examples);
}

/**
 * The examples of each batch of one pass. With lengths, the shuffled examples are sorted by length within pools of
 * `POOL` batches, cut into batches, and the batches shuffled: the batch that holds the rest may then come anywhere.
 * @throws RangeError  `batches: batch must be a whole number of at least 1, got 0`
 */
export function arranged(
  examples: Uint32Array,
  { batch, random }: BatchOptions,
  lengthOf?: (example: number) => number,
): Iterable<Uint32Array> {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`batches: batch must be a whole number of at least 1, got ${batch}`);
  }
  if (!random) return slices(examples, batch);
  const order = random.shuffle(examples.slice());
  if (!lengthOf) return slices(order, batch);
  for (const pool of slices(order, POOL * batch)) pool.sort((a, b) => lengthOf(a) - lengthOf(b));
  return random.shuffle([...slices(order, batch)]);
}

/** The last part holds the rest. */
function* slices(order: Uint32Array, size: number): Generator<Uint32Array> {
  for (let start = 0; start < order.length; start += size) yield order.subarray(start, start + size);
}

/**
 * The first `count` examples of a set, or all of it.
 * @param name  of the option that `count` is, for the message
 */
export function firstOf(where: string, name: string, set: Dataset, count: number | undefined): Dataset {
  if (count === undefined) return set;
  if (!Number.isSafeInteger(count) || count < 1 || count > set.size) {
    throw new RangeError(`${where}: ${name} must be a whole number from 1 to ${set.size}, got ${count}`);
  }
  return set.take(count);
}
