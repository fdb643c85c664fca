import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import {
  defineOperation,
  hasForm,
  type Operation,
  registerHostForm,
  registerTensorForm,
  runOperation,
} from '../operation.js';
import * as native from './native.js';
import * as reference from './reference.js';
import * as tensorflow from './tensorflow.js';

export const crossEntropyOperation: Operation = defineOperation('CrossEntropy', ['logits', 'y'], {
  outputs: 2,
});
registerHostForm(crossEntropyOperation, 'cpu', reference);
registerHostForm(crossEntropyOperation, 'native', native);
registerTensorForm(crossEntropyOperation, 'tensorflow', tensorflow);

export interface CrossEntropyResult {
  /** Mean over rows, in nats: -mean_r log softmax(logits[r])[y[r]]. */
  loss: tf.Scalar;
  /** Number of rows whose largest logit is that of their class; of equal logits the first counts. No gradient. */
  correct: tf.Scalar;
}

/**
 * Cross-entropy and what was said right, in one pass over the logits and one back, which holds for a vocabulary of
 * many thousands.
 * @param logits  float32 [rows, classes]
 * @param y       int32 [rows], each in 0 … classes - 1
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): CrossEntropyResult {
  checkTensor('crossEntropy', 'logits', logits, [-1, -1]);
  checkTensor('crossEntropy', 'y', y, [logits.shape[0]], 'int32');
  if (hasForm(crossEntropyOperation)) {
    const [loss, correct] = runOperation(crossEntropyOperation, { logits, y }) as tf.Scalar[];
    return { loss, correct };
  }
  return tf.tidy(() => {
    const own = tf.mul(tf.logSoftmax(logits), tf.oneHot(y, logits.shape[1], 1, 0, 'float32'));
    const count = tf.customGrad((given) => ({
      value: tf.sum(tf.cast(tf.equal(tf.argMax(given as tf.Tensor2D, 1), y), 'float32')),
      gradFunc: () => tf.zerosLike(logits),
    }));
    return { loss: tf.neg(tf.mean<tf.Scalar>(tf.sum(own, 1))), correct: count(logits) as tf.Scalar };
  });
}
