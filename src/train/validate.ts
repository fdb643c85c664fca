import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Model, Probe } from '../layers/model.js';
import { withDefaults } from '../options.js';
import { type Batch, type Dataset, disposeBatch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { checkCount } from './check.js';
import { answersOf, checkBatch, crossEntropyOf } from './cross-entropy.js';
import { isReal, realAnswers } from './loss.js';
import { explained } from './r2.js';

export interface ValidateOptions {
  /** Examples a batch; the last one holds the rest. Default 50. */
  batch?: number;
  /** Stops the pass between two batches by throwing the signal's reason. */
  signal?: AbortSignal;
  /** Called after each batch, before it is disposed. */
  onBatch?: (event: ValidateEvent) => void;
  /** Shown every layer's signals of every batch. */
  probe?: (event: Probe) => void;
}

export interface ValidateEvent {
  batch: Batch;
  /** Examples done so far, this batch included. */
  done: number;
  /** Examples of the whole set. */
  total: number;
}

export interface Validation {
  /**
   * Mean cross-entropy over all answers (examples, or steps where every step has its label), in nats; where numbers are
   * learnt the mean squared error, in squares of the training set's deviation.
   */
  loss: number;
  /** Share of answers that are right, 0 to 1; null where numbers are learnt. */
  accuracy: number | null;
  /** Where numbers are learnt: 1 less the error's share of the variance, the mean over outputs; null where it has none. */
  r2?: number | null;
  examples: number;
}

/**
 * Loss and accuracy on a whole data set, in evaluation mode, in stored order; no example is left out.
 * Lets the event loop turn after every batch.
 */
export async function validate(
  model: Model,
  dataset: Dataset,
  options: ValidateOptions = {},
): Promise<Validation> {
  const { batch, signal, onBatch, probe } = withDefaults<ValidateOptions & { batch: number }>(
    'validate',
    options,
    {
      batch: 50,
      signal: undefined,
      onBatch: undefined,
      probe: undefined,
    },
  );
  checkCount('validate', 'batch', batch, 1);
  let [loss, correct, examples, given, real] = [0, 0, 0, 0, false];
  const numbers = explained();
  for (const one of dataset.batches({ batch })) {
    try {
      signal?.throwIfAborted();
      const size = checkBatch('validate', one);
      real = isReal(one);
      tf.tidy(() => {
        if (isReal(one)) {
          const said = realAnswers('validate', model, one, { probe });
          loss += tf.mean(tf.square(tf.sub(said, one.y))).dataSync()[0] * answersOf(one);
          numbers.add(said.dataSync(), one.y.dataSync(), one.y.size / size);
          return;
        }
        const found = crossEntropyOf('validate', model, one, { probe });
        loss += found.loss.dataSync()[0] * answersOf(one);
        correct += found.correct.dataSync()[0];
      });
      examples += size;
      given += answersOf(one);
      onBatch?.({ batch: one, done: examples, total: dataset.size });
    } finally {
      disposeBatch(one);
    }
    await nextTurn();
  }
  if (examples === 0)
    throw new RangeError('validate: the data set must hold at least one example, it is empty');
  if (real) return { loss: loss / given, accuracy: null, r2: numbers.r2(), examples };
  return { loss: loss / given, accuracy: correct / given, examples };
}
