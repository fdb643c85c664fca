import * as tf from '@tensorflow/tfjs';
import { readsWait } from '../operation.js';
import * as tensorflow from './tensorflow.js';

/**
 * Mean cross-entropy in nats: -mean_b log softmax(logits[b])[y[b]]. One pass over the logits forward and one back,
 * which holds for a vocabulary of many thousands.
 * @param logits  float32 [rows, classes]
 * @param y       int32 [rows], each in 0 … classes - 1
 * @returns       scalar
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  if (readsWait()) return tensorflow.crossEntropy(logits, y);
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

/** Number of rows whose largest logit is that of their class; of equal logits the first counts. @returns scalar */
export function countCorrect(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  if (readsWait()) return tensorflow.countCorrect(logits, y);
  const [batch, classes] = logits.shape;
  const values = logits.dataSync();
  const labels = y.dataSync();
  let correct = 0;
  for (let b = 0; b < batch; b++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[b * classes + c] > values[b * classes + best]) best = c;
    if (best === labels[b]) correct++;
  }
  return tf.scalar(correct);
}
