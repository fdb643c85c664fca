import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../tasks/task.js';

/**
 * Mean cross-entropy in nats: -mean_b log softmax(logits[b])[y[b]].
 * @param logits  float32 [batch, classes]
 * @param y       int32 [batch], each in 0 … classes - 1
 * @returns       scalar
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const chosen = tf.mul(tf.oneHot(y, logits.shape[1]), tf.logSoftmax(logits));
    return tf.neg(tf.div(tf.sum(chosen), logits.shape[0])) as tf.Scalar;
  });
}

/** Number of examples whose largest logit is that of their class; of equal logits the first counts. */
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
  if (x.shape[0] !== examples || (lengths && lengths.length !== examples)) {
    throw new RangeError(
      `${where}: a batch must have as many labels and lengths as sequences, got x [${x.shape.join(', ')}], ` +
        `y [${examples}]${lengths ? `, ${lengths.length} lengths` : ''}`,
    );
  }
  return examples;
}

/** Checks what the model gave for a batch that `checkBatch` has passed. */
export function checkLogits(where: string, logits: tf.Tensor, { y }: Batch): tf.Tensor2D {
  if (logits.rank !== 2 || logits.shape[0] !== y.shape[0]) {
    throw new RangeError(
      `${where}: the model must give logits [${y.shape[0]}, classes], got [${logits.shape.join(', ')}] ` +
        '(a classifier needs a pool)',
    );
  }
  const classes = logits.shape[1] as number;
  const bad = y.dataSync().find((label) => !(label >= 0 && label < classes));
  if (bad !== undefined) {
    throw new RangeError(`${where}: labels must be in 0 … ${classes - 1}, the model's classes, got ${bad}`);
  }
  return logits as tf.Tensor2D;
}
