import * as tf from '@tensorflow/tfjs';
import { executeMany } from '../../backend/tensorflow/execute.js';

/** One operation gives every row's loss and gradient; nothing is read. */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  const operation = tf.customGrad((given, save) => {
    const types = { T: 'float32', Tlabels: 'int32' } as const;
    const inputs = [given as tf.Tensor, y];
    const [losses, gradient] = executeMany('SparseSoftmaxCrossEntropyWithLogits', types, inputs, 2);
    (save as tf.GradSaveFunc)([gradient]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor =>
      tf.mul(saved[0], tf.div(dy, logits.shape[0]));
    return { value: tf.mean(losses), gradFunc };
  });
  return operation(logits) as tf.Scalar;
}

export function countCorrect(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), y), 'float32'));
}
