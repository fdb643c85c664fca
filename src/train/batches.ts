import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Random, randomFromState } from '../random.js';
import { type Batch, type Dataset, disposeBatch } from '../tasks/task.js';

/** How far a run is in its data: enough to go on with the very next batch. */
export interface DataPosition {
  /** Counted from 1. */
  epoch: number;
  /** Batches of the epoch that are done. */
  batches: number;
  /** State of the source of the order at the beginning of the epoch. */
  order: readonly number[];
}

export interface PlacedBatch {
  batch: Batch;
  /** After this batch. */
  position: DataPosition;
}

/**
 * Epoch after epoch from `start` on, until the consumer stops or the signal aborts. What a started epoch has done
 * already is made again and passed over, so that a data set needs no way to begin in the middle.
 */
export async function* endlessBatches(
  dataset: Dataset,
  batch: number,
  start: DataPosition,
  signal?: AbortSignal,
): AsyncGenerator<PlacedBatch> {
  const random: Random = randomFromState(start.order);
  for (let epoch = start.epoch; !signal?.aborted; epoch++) {
    const order = random.state();
    let batches = 0;
    for await (const one of dataset.batches({ batch, random })) {
      batches++;
      if (epoch === start.epoch && batches <= start.batches) {
        disposeBatch(one);
        // So that the signal is heard of.
        await nextTurn();
      } else yield { batch: one, position: { epoch, batches, order } };
      if (signal?.aborted) return;
    }
    if (batches === 0) throw new RangeError('train: the training set gave no batch');
  }
}
