import { executeMany } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { TensorKernel } from '../operation.js';

/** As the reference, but for its note: one operation gives every row's loss and gradient, and nothing is read. */
export const forward: TensorKernel = ({ logits, y }) => {
  const types = { T: 'float32', Tlabels: 'int32' } as const;
  const [losses, gradient] = executeMany('SparseSoftmaxCrossEntropyWithLogits', types, [logits, y], 2);
  const correct = tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), y), 'float32'));
  return [tf.mean(losses), correct, gradient];
};

export const backward: TensorKernel = ({ logits, y2, dy0 }) => [tf.mul(y2, tf.div(dy0, logits.shape[0]))];
