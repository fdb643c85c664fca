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

export const normOperation: Operation = defineOperation('Norm', ['x', 'weight', 'bias', 'mask'], {
  outputs: 3,
  kept: [1, 2],
});
registerHostForm(normOperation, 'cpu', reference);
registerHostForm(normOperation, 'native', native);
registerTensorForm(normOperation, 'tensorflow', tensorflow);

export interface NormResult {
  y: tf.Tensor2D;
  /** Of each row (`layer`) or channel (`batch`). */
  mean: tf.Tensor1D;
  /** Biased: divided by the count. */
  variance: tf.Tensor1D;
}

/**
 * Layer or batch normalisation with the statistics of x itself:
 *   y = (x - mean) / sqrt(variance + eps) * weight + bias
 * @param x       float32 [rows, H]; `layer` normalises each row, `batch` each channel over all rows
 * @param weight  float32 [H]
 * @param bias    float32 [H]
 * @param mask    of `batch`: 1 for each row that the statistics are made of, 0 for those left out (padding), which are
 *                normalised by the others' statistics  float32 [rows]; default all 1
 * Sources: Ba et al. 2016, arXiv 1607.06450; Ioffe and Szegedy 2015, arXiv 1502.03167.
 */
export function norm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  { kind, eps = 1e-5, mask }: { kind: 'layer' | 'batch'; eps?: number; mask?: tf.Tensor1D },
): NormResult {
  checkTensor('norm', 'x', x, [-1, -1]);
  const H = x.shape[1];
  checkTensor('norm', 'weight', weight, [H]);
  checkTensor('norm', 'bias', bias, [H]);
  if (mask) checkTensor('norm', 'mask', mask, [x.shape[0]]);
  if (mask && kind === 'layer') {
    throw new TypeError('norm: layer norm takes no mask (each row has statistics of its own), leave it out');
  }
  if (hasForm(normOperation)) {
    const [y, mean, variance] = runOperation(normOperation, { x, weight, bias, mask }, { kind, eps });
    return { y: y as tf.Tensor2D, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  }
  return tf.tidy(() => {
    const axis = kind === 'layer' ? 1 : 0;
    const { mean, variance } = mask ? momentsOf(x, mask) : tf.moments(x, axis, true);
    const standard = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps)));
    const y = tf.add(tf.mul(standard, weight), bias) as tf.Tensor2D;
    return {
      y,
      mean: tf.reshape(mean, [-1]) as tf.Tensor1D,
      variance: tf.reshape(variance, [-1]) as tf.Tensor1D,
    };
  });
}

/** Mean and variance of each channel over the rows whose mask is 1, [1, H]. */
function momentsOf(x: tf.Tensor2D, mask: tf.Tensor1D): { mean: tf.Tensor; variance: tf.Tensor } {
  const share = tf.div(mask, tf.sum(mask)).reshape([1, -1]) as tf.Tensor2D;
  const mean = tf.matMul(share, x);
  return { mean, variance: tf.matMul(share, tf.square(tf.sub(x, mean))) };
}
