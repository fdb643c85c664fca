import * as tf from '@tensorflow/tfjs';
import { checkTensor } from '../check.js';
import { defineOperation, hasForm, registerHostForm, runOperation } from '../operation.js';
import * as reference from './reference.js';

export const geluOperation: ReturnType<typeof defineOperation> = defineOperation('Gelu', ['x']);
registerHostForm(geluOperation, 'cpu', reference);
registerHostForm(geluOperation, 'native', reference);

/**
 * Gaussian error linear unit: y = x Phi(x) = x/2 (1 + erf(x / sqrt 2)).
 * @param x  float32 [batch, L, H]
 * @returns  float32 [batch, L, H]
 * Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
 */
export function gelu(x: tf.Tensor3D): tf.Tensor3D {
  checkTensor('gelu', 'x', x, [-1, -1, -1]);
  if (hasForm(geluOperation)) return runOperation(geluOperation, { x })[0] as tf.Tensor3D;
  return tf.tidy(() => {
    const half = tf.mul(x, 0.5);
    return tf.add<tf.Tensor3D>(half, tf.mul(half, tf.erf(tf.mul(x, Math.SQRT1_2))));
  });
}
