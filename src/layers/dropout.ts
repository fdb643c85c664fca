import * as tf from '@tensorflow/tfjs';
import type { ApplyOptions } from './model.js';

/**
 * Dropout tied over time: whole channels of an example are dropped with probability `rate`, the others scaled by
 * 1/(1 - rate), the same at every step.
 * @param x  float32 [batch, L, H]; returned as it is when not training
 * @throws TypeError  `dropout: training needs a source of random numbers (pass { training: true, random: random(seed) })`
 */
export function tiedDropout(
  x: tf.Tensor3D,
  rate: number,
  { training, random }: Pick<ApplyOptions, 'training' | 'random'>,
): tf.Tensor3D {
  if (!training || rate === 0) return x;
  if (!random) {
    throw new TypeError(
      'dropout: training needs a source of random numbers (pass { training: true, random: random(seed) })',
    );
  }
  const [batch, , H] = x.shape;
  const kept = Float32Array.from({ length: batch * H }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
  return tf.mul(x, tf.tensor3d(kept, [batch, 1, H]));
}
