import type { ApplyOptions, Model } from '../layers/model.js';
import type { CrossEntropyResult } from '../ops/index.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { answers, answersOf, crossEntropyOf } from './cross-entropy.js';

/** How the cross-entropy of a training step differs from the plain one. */
export interface LossTerms {
  /** Weight of each class, by number. */
  classWeights?: readonly number[];
  /** Share of each answer that is spread over all classes alike, in [0, 1). */
  labelSmoothing?: number;
}

/** Whether a batch's answers are numbers to be learnt (`targets: 'real'`). */
export function isReal({ y }: Batch): boolean {
  return y.dtype === 'float32';
}

/**
 * What a training step makes smaller: of classes the cross-entropy, of real targets the mean squared error. With weights w and
 * smoothing e as in PyTorch's CrossEntropyLoss:
 *   loss = -sum_i sum_c w_c t_ic log p_ic / sum_i w_y(i)     t_ic = (1 - e) [c = y(i)] + e / classes
 * @returns  the mean over the answers, and how many of them are right (NaN where there is no right and wrong)
 * @throws RangeError  where the model gives answers of another shape, or a label is no class of it
 */
export function lossOf(
  where: string,
  model: Model,
  batch: Batch,
  options: ApplyOptions,
  { classWeights, labelSmoothing = 0 }: LossTerms = {},
): CrossEntropyResult {
  if (isReal(batch)) return squaredErrorOf(where, model, batch, options);
  if (!classWeights && labelSmoothing === 0) return crossEntropyOf(where, model, batch, options);
  if (model.lossHead) {
    throw new TypeError(
      `${where}: classWeights and labelSmoothing need the logits of every class, which an adaptive head does not make`,
    );
  }
  const { rows, y } = answers(where, model.apply(batch.x, { ...options, lengths: batch.lengths }), batch);
  const classes = rows.shape[1];
  if (classWeights && classWeights.length !== classes) {
    throw new RangeError(`${where}: classWeights must be ${classes} numbers, got ${classWeights.length}`);
  }
  return tf.tidy(() => {
    const weights = tf.tensor1d(classWeights ? [...classWeights] : new Array(classes).fill(1));
    const own = tf.oneHot(y, classes, 1, 0, 'float32');
    const target = tf.add(tf.mul(own, 1 - labelSmoothing), labelSmoothing / classes);
    const surprise = tf.mul(tf.logSoftmax(rows), tf.mul(target, weights));
    const given = tf.sum(tf.gather(weights, y));
    const right = tf.sum(tf.cast(tf.equal(tf.argMax(rows, 1), y), 'float32'));
    return { loss: tf.neg(tf.div(tf.sum(surprise), given)) as tf.Scalar, correct: right as tf.Scalar };
  });
}

/** What a batch counts beside others: its answers, each by the weight of its class. */
export function weightOf(batch: Batch, { classWeights }: LossTerms = {}): number {
  if (!classWeights || isReal(batch)) return answersOf(batch);
  const { y, lengths } = batch;
  const [n, L = 1] = y.shape;
  const labels = y.dataSync();
  let sum = 0;
  for (let b = 0; b < n; b++) {
    for (let t = 0; t < (y.rank === 1 ? 1 : (lengths?.[b] ?? L)); t++)
      sum += classWeights[labels[b * L + t]] ?? 0;
  }
  return sum;
}

/** Mean over examples and outputs of (answer - y)². @throws RangeError  for a model of another number of outputs */
function squaredErrorOf(
  where: string,
  model: Model,
  batch: Batch,
  options: ApplyOptions,
): CrossEntropyResult {
  const given = realAnswers(where, model, batch, options);
  return { loss: tf.mean(tf.square(tf.sub(given, batch.y))) as tf.Scalar, correct: tf.scalar(Number.NaN) };
}

/** What a model says of each number: [batch, outputs] like the batch's y. */
export function realAnswers(
  where: string,
  model: Model,
  { x, y, lengths }: Batch,
  options: ApplyOptions,
): tf.Tensor {
  const given = model.apply(x, { ...options, lengths });
  if (given.rank === y.rank && given.shape.every((size, axis) => size === y.shape[axis])) return given;
  throw new RangeError(
    `${where}: the model must give the numbers to be learnt [${y.shape.join(', ')}], got [${given.shape.join(', ')}] ` +
      '(classes: task.classes makes as many outputs; a regression needs a pool)',
  );
}
