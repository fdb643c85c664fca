import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../tasks/task.js';

/**
 * Mean cross-entropy in nats: -mean_b log softmax(logits[b])[y[b]]. One pass over the logits forward and one back,
 * which holds for a vocabulary of many thousands.
 * @param logits  float32 [rows, classes]
 * @param y       int32 [rows], each in 0 … classes - 1
 * @returns       scalar
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  const labels = y.dataSync();
  const [rows, classes] = logits.shape;
  const operation = tf.customGrad((given) => {
    const shares = (given as tf.Tensor).dataSync().slice() as Float32Array;
    let loss = 0;
    for (let r = 0; r < rows; r++) {
      const row = shares.subarray(r * classes, (r + 1) * classes);
      const own = row[labels[r]];
      loss += softmax(row) - own;
      row[labels[r]] -= 1;
    }
    const gradFunc = (dy: tf.Tensor): tf.Tensor =>
      tf.mul(tf.tensor2d(shares, [rows, classes]), tf.div(dy, rows));
    return { value: tf.scalar(loss / rows), gradFunc };
  });
  return operation(logits) as tf.Scalar;
}

/** Turns a row of logits into its softmax. @returns log of the sum of their exponentials */
function softmax(row: Float32Array): number {
  let largest = -Infinity;
  for (let c = 0; c < row.length; c++) if (row[c] > largest) largest = row[c];
  let sum = 0;
  for (let c = 0; c < row.length; c++) {
    row[c] = Math.exp(row[c] - largest);
    sum += row[c];
  }
  for (let c = 0; c < row.length; c++) row[c] /= sum;
  return largest + Math.log(sum);
}

/** Number of rows whose largest logit is that of their class; of equal logits the first counts. */
export function countCorrect(logits: tf.Tensor2D, y: tf.Tensor1D): number {
  const [batch, classes] = logits.shape;
  const values = logits.dataSync();
  const labels = y.dataSync();
  let correct = 0;
  for (let b = 0; b < batch; b++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[b * classes + c] > values[b * classes + best]) best = c;
    if (best === labels[b]) correct++;
  }
  return correct;
}

/** Checks a batch before the model sees it. @returns number of examples */
export function checkBatch(where: string, { x, y, lengths }: Batch): number {
  const examples = y.shape[0];
  if (examples === 0)
    throw new RangeError(`${where}: a batch must hold at least one example, got an empty one`);
  const pairs = x.dtype === 'int32' && x.rank === 3;
  const sequences = pairs ? 2 * examples : examples;
  if (x.shape[0] !== examples || (lengths && lengths.length !== sequences)) {
    throw new RangeError(
      `${where}: a batch must have as many labels and lengths as sequences, got x [${x.shape.join(', ')}], ` +
        `y [${y.shape.join(', ')}]${lengths ? `, ${lengths.length} lengths` : ''}`,
    );
  }
  return examples;
}

/** Answers that a batch asks for: one an example, or one a true step. */
export function answersOf({ y, lengths }: Batch): number {
  if (y.rank === 1) return y.size;
  return lengths?.reduce((sum, length) => sum + length, 0) ?? y.size;
}

/**
 * What the model gave and what was right, a row each answer; padding is left out.
 * @param logits  of a batch that `checkBatch` has passed: [batch, classes], or [batch, L, classes] where every step has
 *                its label
 * @throws RangeError  where the model gave another shape, or a label is no class of it
 */
export function answers(
  where: string,
  logits: tf.Tensor,
  { y, lengths }: Batch,
): { logits: tf.Tensor2D; y: tf.Tensor1D } {
  if (logits.rank !== y.rank + 1 || y.shape.some((size, axis) => logits.shape[axis] !== size)) {
    const hint = y.rank === 1 ? 'a classifier needs a pool' : "a model of every step has pool: 'none'";
    throw new RangeError(
      `${where}: the model must give logits [${y.shape.join(', ')}, classes], got [${logits.shape.join(', ')}] ` +
        `(${hint})`,
    );
  }
  const classes = logits.shape[y.rank] as number;
  let rows = {
    logits: tf.reshape(logits, [-1, classes]) as tf.Tensor2D,
    y: tf.reshape(y, [-1]) as tf.Tensor1D,
  };
  const steps = y.rank === 2 && lengths ? trueSteps(lengths, y.shape[1] as number) : undefined;
  if (steps) rows = { logits: tf.gather(rows.logits, steps), y: tf.gather(rows.y, steps) };
  const bad = rows.y.dataSync().find((label) => !(label >= 0 && label < classes));
  if (bad !== undefined) {
    throw new RangeError(`${where}: labels must be in 0 … ${classes - 1}, the model's classes, got ${bad}`);
  }
  return rows;
}

/** Row numbers of the steps that are no padding; undefined where all are. */
function trueSteps(lengths: Int32Array, L: number): tf.Tensor1D | undefined {
  if (lengths.every((length) => length === L)) return undefined;
  const steps = [...lengths].flatMap((length, b) => Array.from({ length }, (_, t) => b * L + t));
  return tf.tensor1d(steps, 'int32');
}
