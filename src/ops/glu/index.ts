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

export const gluOperation: Operation = defineOperation('Glu', ['x', 'scale', 'residual'], {
  added: 'residual',
});
registerHostForm(gluOperation, 'cpu', reference);
registerHostForm(gluOperation, 'native', native);
registerTensorForm(gluOperation, 'tensorflow', tensorflow);

export interface GluOptions {
  scale?: tf.Tensor2D;
  residual?: tf.Tensor2D;
}

/**
 * Gated linear unit: the first half of the columns, gated by the logistic function of the second. In the same pass
 * what follows it in a block: y = residual + scale * glu(x).
 * @param x         float32 [rows, 2H]
 * @param scale     a constant factor of each channel, for as many rows each as fit  [n, H], rows a multiple of n;
 *                  default 1
 * @param residual  float32 [rows, H]; default 0
 * @returns         float32 [rows, H]
 * Source: Dauphin et al. 2017, arXiv 1612.08083.
 */
export function glu(x: tf.Tensor2D, { scale, residual }: GluOptions = {}): tf.Tensor2D {
  checkTensor('glu', 'x', x, [-1, -1]);
  const [rows, width] = x.shape;
  checkGate('glu', 'x', rows, width, { scale, residual });
  const H = width / 2;
  if (hasForm(gluOperation)) return runOperation(gluOperation, { x, scale, residual })[0] as tf.Tensor2D;
  return tf.tidy(() => {
    const [value, gate] = tf.split(x, 2, 1);
    let y: tf.Tensor = tf.mul(value, tf.sigmoid(gate));
    if (scale) y = tf.mul(tf.reshape(y, [scale.shape[0], -1, H]), tf.expandDims(scale, 1));
    y = tf.reshape(y, [rows, H]);
    return (residual ? tf.add(residual, y) : y) as tf.Tensor2D;
  });
}

/** @throws RangeError  where `width`, the columns of `name`, are no pairs, or options do not fit so many rows */
export function checkGate(
  where: string,
  name: string,
  rows: number,
  width: number,
  { scale, residual }: GluOptions,
): void {
  if (width % 2 !== 0)
    throw new RangeError(`${where}: ${name} must have an even number of columns, got ${width}`);
  if (residual) checkTensor(where, 'residual', residual, [rows, width / 2]);
  if (scale) checkTensor(where, 'scale', scale, [-1, width / 2]);
  if (scale && rows % scale.shape[0] !== 0) {
    throw new RangeError(
      `${where}: scale must have a number of rows that divides ${rows}, got ${scale.shape[0]}`,
    );
  }
}
