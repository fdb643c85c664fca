import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { scaledSpikes } from '../lif/index.js';
import { defineOperation, hasForm, type Operation, registerHostForm, runOperation } from '../operation.js';
import * as native from './native.js';
import * as reference from './reference.js';

export const geluOperation: Operation = defineOperation('Gelu', ['x', 'scale']);
registerHostForm(geluOperation, 'cpu', reference);
registerHostForm(geluOperation, 'native', native);

/**
 * Gaussian error linear unit: y = scale x Phi(x) = scale x/2 (1 + erf(x / sqrt 2)).
 * @param x      float32 [batch, L, H]
 * @param scale  a constant factor of each channel (dropout)  [batch, H]; default 1
 * @returns      float32 [batch, L, H]
 * Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
 */
export function gelu(x: tf.Tensor3D, scale?: tf.Tensor2D): tf.Tensor3D {
  checkTensor('gelu', 'x', x, [-1, -1, -1]);
  if (scale) checkTensor('gelu', 'scale', scale, [x.shape[0], x.shape[2]]);
  if (hasForm(geluOperation)) return runOperation(geluOperation, { x, scale })[0] as tf.Tensor3D;
  return tf.tidy(() => {
    const half = tf.mul(x, 0.5);
    const y = tf.add<tf.Tensor3D>(half, tf.mul(half, tf.erf(tf.mul(x, Math.SQRT1_2))));
    return scaledSpikes(y, scale);
  });
}
