import * as tf from '@tensorflow/tfjs';
import { checkTensor } from '../check.js';
import { defineOperation, hasForm, registerHostForm, runOperation } from '../operation.js';
import * as native from './native.js';
import * as reference from './reference.js';

export const matmulOperation: ReturnType<typeof defineOperation> = defineOperation('Affine', ['x', 'w', 'b']);
registerHostForm(matmulOperation, 'cpu', reference);
registerHostForm(matmulOperation, 'native', native);

/**
 * Affine map of every row: y = x w + b.
 * @param x  float32 [rows, K]
 * @param w  float32 [K, cols]
 * @param b  float32 [cols]
 * @returns  float32 [rows, cols]
 */
export function affine(x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D): tf.Tensor2D {
  checkTensor('affine', 'x', x, [-1, -1]);
  checkTensor('affine', 'w', w, [x.shape[1], -1]);
  checkTensor('affine', 'b', b, [w.shape[1]]);
  if (!hasForm(matmulOperation)) return tf.tidy(() => tf.add(tf.matMul(x, w), b));
  return runOperation(matmulOperation, { x, w, b })[0] as tf.Tensor2D;
}
