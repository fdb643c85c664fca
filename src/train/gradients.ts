import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { answersOf, checkBatch, stepsOf } from './cross-entropy.js';
import { lossOf, weightOf } from './loss.js';
import type { RunOptions } from './options.js';
import { namedGradients } from './parameter-gradients.js';

/** What the loss is made of, beside the plain cross-entropy. */
export type LossOptions = Partial<
  Pick<RunOptions, 'ratePenalty' | 'rateTarget' | 'classWeights' | 'labelSmoothing'>
>;

export interface LossGradients extends Figures, Omit<UnreadGradients, 'figures'> {}

/** What a batch gave, as numbers. */
export interface Figures {
  /** Mean cross-entropy of the batch, in nats, without the penalty; of real targets the mean squared error. */
  loss: number;
  /** NaN where there is no right and wrong. */
  correct: number;
  /** Spiking rate (see `StepRecord`), null where nothing spikes. */
  rate: number | null;
}

/** The same while its numbers may still be on a device. */
export interface UnreadGradients {
  /** [loss, correct], or [loss, correct, rate] where neurons spike. The caller disposes it. */
  figures: tf.Tensor1D;
  /** Answers given: one an example, or one a step where every step has its label. */
  examples: number;
  /** What they count beside other batches: so many, or the sum of their classes' weights. */
  weight: number;
  /** Steps of the sequences, padding not counted. */
  tokens: number;
  /** By parameter name; a parameter the loss does not depend on is not listed. The caller disposes them. */
  gradients: Record<string, tf.Tensor>;
}

/**
 * Loss of one batch, in training mode, and its gradient by every parameter.
 *   cross-entropy or squared error (`lossOf`) + ratePenalty * max(0, rate - rateTarget)
 * @param random  source of the dropout masks
 */
export function lossGradients(
  model: Model,
  batch: Batch,
  random: Random,
  options?: LossOptions,
): LossGradients {
  const { figures, ...rest } = unreadGradients(model, batch, random, options);
  const numbers = figuresOf(figures.dataSync());
  figures.dispose();
  return { ...numbers, ...rest };
}

/** What `UnreadGradients.figures` hold. */
export function figuresOf([loss, correct, rate]: ArrayLike<number> & Iterable<number>): Figures {
  return { loss, correct, rate: rate ?? null };
}

/** `lossGradients` without waiting for its numbers. */
export function unreadGradients(
  model: Model,
  batch: Batch,
  random: Random,
  { ratePenalty = 0, rateTarget = 0, ...terms }: LossOptions = {},
): UnreadGradients {
  checkBatch('train', batch);
  let figures: tf.Tensor1D | undefined;
  // Kept: the model tidies away what it makes on the way.
  const rates: tf.Scalar[] = [];
  const objective = (): tf.Scalar => {
    const apply = {
      training: true,
      random,
      onSpikes: ({ value }: { value: tf.Tensor3D }) =>
        void rates.push(tf.keep(meanOverTime(value, batch.lengths))),
    };
    const { loss: entropy, correct } = lossOf('train', model, batch, apply, terms);
    const mean = rates.length === 0 ? undefined : (tf.div(tf.addN(rates), rates.length) as tf.Scalar);
    figures = tf.keep(tf.stack(mean ? [entropy, correct, mean] : [entropy, correct]) as tf.Tensor1D);
    if (!mean || ratePenalty === 0) return entropy;
    return tf.add(entropy, tf.mul(ratePenalty, tf.relu(tf.sub(mean, rateTarget)))) as tf.Scalar;
  };
  try {
    const { value, gradients } = namedGradients(model, objective);
    value.dispose();
    const [answers, tokens] = [answersOf(batch), stepsOf(batch)];
    const weight = weightOf(batch, terms);
    return { figures: figures!, examples: answers, weight, tokens, gradients };
  } catch (error) {
    figures?.dispose();
    throw error;
  } finally {
    tf.dispose(rates);
  }
}

/** Mean of the spikes [batch, L, H] over neurons, the true steps of each example, and examples. */
function meanOverTime(spikes: tf.Tensor3D, lengths?: Int32Array): tf.Scalar {
  const [batch, L, H] = spikes.shape;
  const weights = new Float32Array(batch * L);
  for (let b = 0; b < batch; b++) {
    const length = lengths?.[b] ?? L;
    weights.fill(1 / (length * batch), b * L, b * L + length);
  }
  // As a matrix product, which every backend does faster than sums along the first axes.
  return tf.mean(tf.matMul(tf.tensor2d(weights, [1, batch * L]), tf.reshape(spikes, [batch * L, H])));
}
