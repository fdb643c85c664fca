import type { Batch, BatchOptions, Dataset } from './task.js';

/**
 * A data set of examples that can be made by number, in any order.
 * @param examples  the numbers of this set's examples, in stored order
 * @param make      builds the batch of the given examples
 */
export function indexedDataset(examples: Uint32Array, make: (examples: Uint32Array) => Batch): Dataset {
  return {
    size: examples.length,
    batches: ({ batch, random }: BatchOptions) => {
      if (!Number.isSafeInteger(batch) || batch < 1) {
        throw new RangeError(`batches: batch must be a whole number of at least 1, got ${batch}`);
      }
      return inBatches(random ? random.shuffle(examples.slice()) : examples, batch, make);
    },
    take: (count) => {
      if (!Number.isSafeInteger(count) || count < 1 || count > examples.length) {
        throw new RangeError(
          `take: count must be a whole number from 1 to the set's ${examples.length}, got ${count}`,
        );
      }
      return indexedDataset(examples.subarray(0, count), make);
    },
  };
}

/** The last batch holds the rest. */
function* inBatches(
  order: Uint32Array,
  batch: number,
  make: (examples: Uint32Array) => Batch,
): Generator<Batch> {
  for (let start = 0; start < order.length; start += batch) yield make(order.subarray(start, start + batch));
}
