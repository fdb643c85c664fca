import * as tf from '../tf.js';
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
  const [batch, , H] = x.shape;
  const mask = dropoutMask([batch, H], rate, { training, random });
  return mask ? tf.mul(x, tf.expandDims(mask, 1)) : x;
}

/**
 * The factor of every channel, 0 or 1/(1 - rate), drawn anew.
 * @returns  float32 [batch, H]; undefined when not training
 * @throws   as `tiedDropout`
 */
export function dropoutMask(
  [batch, H]: [batch: number, H: number],
  rate: number,
  { training, random }: Pick<ApplyOptions, 'training' | 'random'>,
): tf.Tensor2D | undefined {
  if (!training || rate === 0) return undefined;
  if (!random) {
    throw new TypeError(
      'dropout: training needs a source of random numbers (pass { training: true, random: random(seed) })',
    );
  }
  const mask = new Float32Array(batch * H);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
  return tf.tensor2d(mask, [batch, H]);
}
