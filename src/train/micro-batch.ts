import * as tf from '@tensorflow/tfjs';
import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import { type Batch, disposeBatch } from '../tasks/task.js';
import { answersOf } from './cross-entropy.js';
import { type LossGradients, type LossOptions, lossGradients } from './gradients.js';

/**
 * `lossGradients` of a batch in parts of at most `size` examples, one after the other: the mean over the whole batch,
 * each part by its share of the examples. Batch norm sees one part at a time; the rate penalty's target is compared
 * with the rate of each part.
 */
export function accumulatedGradients(
  model: Model,
  batch: Batch,
  random: Random,
  size: number,
  options: LossOptions = {},
): LossGradients {
  const examples = batch.y.shape[0];
  if (examples <= size) return lossGradients(model, batch, random, options);
  const sum: LossGradients = {
    loss: 0,
    correct: 0,
    examples: answersOf(batch),
    rate: null,
    tokens: 0,
    gradients: {},
  };
  try {
    for (let from = 0; from < examples; from += size) {
      const part = slice(batch, from, Math.min(size, examples - from));
      try {
        add(sum, lossGradients(model, part, random, options));
      } finally {
        disposeBatch(part);
      }
    }
  } catch (error) {
    tf.dispose(sum.gradients);
    throw error;
  }
  return sum;
}

function slice({ x, y, lengths }: Batch, from: number, size: number): Batch {
  // Two of each pair.
  const sequences = (lengths?.length ?? 0) / y.shape[0];
  return {
    x: tf.slice(x, [from, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)]),
    y: tf.slice(y, [from, ...y.shape.slice(1).map(() => 0)], [size, ...y.shape.slice(1)]),
    lengths: lengths?.subarray(from * sequences, (from + size) * sequences),
  };
}

/** Adds a part to the sum over the batch and disposes its gradients. */
function add(sum: LossGradients, part: LossGradients): void {
  const share = part.examples / sum.examples;
  sum.loss += share * part.loss;
  sum.correct += part.correct;
  sum.tokens += part.tokens;
  if (part.rate !== null) sum.rate = (sum.rate ?? 0) + share * part.rate;
  for (const [name, gradient] of Object.entries(part.gradients)) {
    const before = sum.gradients[name];
    sum.gradients[name] = tf.tidy(() => {
      const own = tf.mul(gradient, share);
      return before ? tf.add(before, own) : own;
    });
    tf.dispose([gradient, before]);
  }
}
