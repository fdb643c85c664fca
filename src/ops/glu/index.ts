import * as tf from '@tensorflow/tfjs';
import { checkTensor } from '../check.js';
import { defineOperation, hasForm, registerHostForm, runOperation } from '../operation.js';
import * as native from './native.js';
import * as reference from './reference.js';

export const gluOperation: ReturnType<typeof defineOperation> = defineOperation('Glu', ['x']);
registerHostForm(gluOperation, 'cpu', reference);
registerHostForm(gluOperation, 'native', native);

/**
 * Gated linear unit: the first half of the columns, gated by the logistic function of the second.
 * @param x  float32 [rows, 2H]
 * @returns  float32 [rows, H]
 * Source: Dauphin et al. 2017, arXiv 1612.08083.
 */
export function glu(x: tf.Tensor2D): tf.Tensor2D {
  checkTensor('glu', 'x', x, [-1, -1]);
  if (x.shape[1] % 2 !== 0)
    throw new RangeError(`glu: x must have an even number of columns, got ${x.shape[1]}`);
  if (hasForm(gluOperation)) return runOperation(gluOperation, { x })[0] as tf.Tensor2D;
  return tf.tidy(() => {
    const [value, gate] = tf.split(x, 2, 1);
    return tf.mul(value, tf.sigmoid(gate));
  });
}
