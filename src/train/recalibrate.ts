import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import { type Dataset, disposeBatch } from '../tasks/task.js';
import * as tf from '../tf.js';

/**
 * Makes a model's running statistics (batch norm) those of its present parameters: their mean over a few batches, without
 * dropout. Those that training leaves are of parameters that it has left behind, which costs accuracy while the learning
 * rate is high. Depends on nothing but the parameters and what is given, and changes a model without such statistics in nothing.
 * @param dataset  the training set, of whose batches, shuffled by `random`, the first `batches` are taken
 * @throws the signal's reason where it stops the work
 */
export async function recalibrate(
  model: Model,
  dataset: Dataset,
  {
    batches,
    batch,
    random,
    signal,
  }: { batches: number; batch: number; random: Random; signal?: AbortSignal },
): Promise<void> {
  if (!model.runningStatistics) return;
  let done = 0;
  for (const one of dataset.batches({ batch, random })) {
    try {
      signal?.throwIfAborted();
      done++;
      tf.tidy(() => {
        const hidden = model.lossHead !== undefined;
        model.apply(one.x, { lengths: one.lengths, hidden, statistics: 1 / done });
      });
    } finally {
      disposeBatch(one);
    }
    if (done === batches) return;
    await nextTurn();
  }
}
