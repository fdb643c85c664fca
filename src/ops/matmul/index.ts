import type * as tf from '../../tf.js';
import { affineFront } from './front.js';
import { form } from './native.js';

/**
 * Affine map of every row: y = x w + b.
 * @param x  float32 [rows, K]
 * @param w  float32 [K, cols]
 * @param b  float32 [cols]
 * @returns  float32 [rows, cols]
 */
export const affine: (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.Tensor2D = affineFront(
  'Affine',
  'affine',
  form,
);
