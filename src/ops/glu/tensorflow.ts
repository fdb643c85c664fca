import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { TensorKernel } from '../operation.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, scale, residual }) => {
  const [value, gate] = tf.split(x, 2, 1);
  const y = scaled(tf.mul(value, tf.sigmoid(gate)), scale);
  return [residual ? tf.add(residual, y) : y];
};

export const backward: TensorKernel = ({ x, scale, residual, dy0 }) => {
  const [value, gate] = tf.split(x, 2, 1);
  const open = tf.sigmoid(gate);
  const dy = scaled(dy0, scale);
  // open (1 - open) times what comes from above, in one pass
  const ofGate = execute('SigmoidGrad', { T: 'float32' }, [open, tf.mul(dy, value)]);
  const dx = tf.concat([tf.mul(dy, open), ofGate], 1);
  return [dx, scale ? tf.zerosLike(scale) : tf.scalar(0), residual ? tf.clone(dy0) : tf.scalar(0)];
};

function scaled(y: tf.Tensor, scale: tf.Tensor | undefined): tf.Tensor {
  if (!scale) return y;
  const groups = tf.reshape(y, [scale.shape[0], -1, y.shape[1] as number]);
  return tf.reshape(tf.mul(groups, tf.expandDims(scale, 1)), y.shape);
}
