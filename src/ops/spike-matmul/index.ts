import type * as tf from '../../tf.js';
import { affineFront } from '../matmul/front.js';
import { form } from './native.js';

/**
 * Affine map of sparse rows: y = x w + b, adding up only the rows of w whose spike is there. Exact for any values of x
 * (dropout scales spikes); fastest where all that is not zero is the same number.
 * @param x  spikes  float32 [rows, K]
 * @param w  float32 [K, cols]
 * @param b  float32 [cols]
 * @returns  float32 [rows, cols]
 */
export const spikeMatmul: (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.Tensor2D = affineFront(
  'SpikeMatmul',
  'spikeMatmul',
  form,
);
