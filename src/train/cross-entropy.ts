import type { ApplyOptions, Model } from '../layers/model.js';
import { type CrossEntropyResult, crossEntropy, rowsOf } from '../ops/index.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';

/** Checks a batch before the model sees it. @returns number of examples */
export function checkBatch(where: string, batch: Batch): number {
  const { x, y, lengths } = batch;
  const examples = y.shape[0];
  if (examples === 0)
    throw new RangeError(`${where}: a batch must hold at least one example, got an empty one`);
  const sequences = holdsPairs(batch) ? 2 * examples : examples;
  if (x.shape[0] !== examples || (lengths && lengths.length !== sequences)) {
    throw new RangeError(
      `${where}: a batch must have as many labels and lengths as sequences, got x [${x.shape.join(', ')}], ` +
        `y [${y.shape.join(', ')}]${lengths ? `, ${lengths.length} lengths` : ''}`,
    );
  }
  return examples;
}

/** Whether each example is two sequences: of tokens [batch, 2, L], of real numbers [batch, 2, L, size]. */
export function holdsPairs({ x }: Batch): boolean {
  return x.rank === (x.dtype === 'int32' ? 3 : 4);
}

/** Steps of a batch's sequences, padding not counted. */
export function stepsOf(batch: Batch): number {
  const { x, lengths } = batch;
  const axes = holdsPairs(batch) ? 3 : 2;
  return lengths?.reduce((sum, length) => sum + length, 0) ?? tf.util.sizeFromShape(x.shape.slice(0, axes));
}

/** Answers that a batch asks for: one an example, or one a true step; of real targets one an example. */
export function answersOf({ y, lengths }: Batch): number {
  if (y.dtype === 'float32') return y.shape[0];
  if (y.rank === 1) return y.size;
  return lengths?.reduce((sum, length) => sum + length, 0) ?? y.size;
}

/**
 * Cross-entropy of a model's answers to a batch that `checkBatch` has passed, padding left out.
 * @returns  mean over the answers, and how many of them are right
 * @throws RangeError  where the model gives logits of another shape, or a label is no class of it
 */
export function crossEntropyOf(
  where: string,
  model: Model,
  batch: Batch,
  options: ApplyOptions,
): CrossEntropyResult {
  const { lossHead } = model;
  const given = model.apply(batch.x, { ...options, lengths: batch.lengths, hidden: lossHead !== undefined });
  const { rows, y } = answers(where, given, batch, lossHead?.classes);
  return lossHead ? lossHead.crossEntropy(rows, y, options) : crossEntropy(rows, y);
}

/** What the model gave and what was right, a row each answer. */
export function answers(
  where: string,
  logits: tf.Tensor,
  { y, lengths }: Batch,
  classes = logits.shape[y.rank] as number,
): { rows: tf.Tensor2D; y: tf.Tensor1D } {
  if (logits.rank !== y.rank + 1 || y.shape.some((size, axis) => logits.shape[axis] !== size)) {
    const hint = y.rank === 1 ? 'a classifier needs a pool' : "a model of every step has pool: 'none'";
    throw new RangeError(
      `${where}: the model must give logits [${y.shape.join(', ')}, classes], got [${logits.shape.join(', ')}] ` +
        `(${hint})`,
    );
  }
  const rows = tf.reshape(logits, [-1, logits.shape[y.rank] as number]) as tf.Tensor2D;
  const all = y.dataSync<'int32'>();
  const steps = y.rank === 2 && lengths ? trueSteps(lengths, y.shape[1] as number) : undefined;
  const labels = steps ? steps.map((at) => all[at]) : all;
  const bad = labels.find((label) => !(label >= 0 && label < classes));
  if (bad !== undefined) {
    throw new RangeError(`${where}: labels must be in 0 … ${classes - 1}, the model's classes, got ${bad}`);
  }
  return { rows: steps ? rowsOf(rows, steps) : rows, y: tf.tensor1d(labels.slice(), 'int32') };
}

/** Row numbers of the steps that are no padding; undefined where all are. */
function trueSteps(lengths: Int32Array, L: number): Int32Array | undefined {
  if (lengths.every((length) => length === L)) return undefined;
  return Int32Array.from([...lengths].flatMap((length, b) => Array.from({ length }, (_, t) => b * L + t)));
}
