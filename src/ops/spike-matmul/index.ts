import * as tf from '@tensorflow/tfjs';
import { checkTensor } from '../check.js';
// Skipping zeros is what the definition of the affine map already does, so spikes share its reference.
import * as reference from '../matmul/reference.js';
import { defineOperation, hasForm, registerHostForm, runOperation } from '../operation.js';
import * as native from './native.js';

export const spikeMatmulOperation: ReturnType<typeof defineOperation> = defineOperation('SpikeMatmul', [
  'x',
  'w',
  'b',
]);
registerHostForm(spikeMatmulOperation, 'cpu', reference);
registerHostForm(spikeMatmulOperation, 'native', native);

/**
 * Affine map of sparse rows: y = s w + b, adding up only the rows of w whose spike is there. Exact for any values
 * of s (dropout scales spikes); the time goes with the number of non-zeros.
 * @param s  spikes  float32 [rows, K]
 * @param w  float32 [K, cols]
 * @param b  float32 [cols]
 * @returns  float32 [rows, cols]
 */
export function spikeMatmul(s: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D): tf.Tensor2D {
  checkTensor('spikeMatmul', 's', s, [-1, -1]);
  checkTensor('spikeMatmul', 'w', w, [s.shape[1], -1]);
  checkTensor('spikeMatmul', 'b', b, [w.shape[1]]);
  if (!hasForm(spikeMatmulOperation)) return tf.tidy(() => tf.add(tf.matMul(s, w), b));
  return runOperation(spikeMatmulOperation, { x: s, w, b })[0] as tf.Tensor2D;
}
