import * as tf from '../../tf.js';
import { type Complex, complex, exp, multiply } from './complex.js';

/**
 * The powers exp(z l), l = 0 … L-1, as products of two small tables: l = F a + b, so exp(z l) = exp(z F a) exp(z b).
 * Sums over the modes with any weights are then one matrix product a channel, and no array has as many entries as
 * there are modes times steps.
 */
export interface Powers {
  /** F, a power of 2 near the square root of L; and how many times it fits into L, rounded up. */
  fineSteps: number;
  coarseSteps: number;
  /** exp(z F a)  [H, coarseSteps, M] */
  coarse: Complex;
  /** exp(z b), the real parts of all modes and then their imaginary parts  [H, 2M, fineSteps] */
  fine: tf.Tensor;
}

/** @param z  [H, M] */
export function powersOf(z: Complex, L: number): Powers {
  const fineSteps = 2 ** Math.ceil(Math.log2(L) / 2);
  const coarseSteps = Math.ceil(L / fineSteps);
  const times = (steps: tf.Tensor, axis: number): Complex =>
    exp(complex(tf.mul(tf.expandDims(z.re, axis), steps), tf.mul(tf.expandDims(z.im, axis), steps)));
  const b = times(tf.range(0, fineSteps), 2);
  return {
    fineSteps,
    coarseSteps,
    coarse: times(tf.expandDims(tf.mul(fineSteps, tf.range(0, coarseSteps)), 1), 1),
    fine: tf.concat([b.re, b.im], 1),
  };
}

/**
 * 2 Re sum_m weight_m exp(z_m l) for l = 0 … L-1, of n weights a channel.
 * @param weight  [H, n, M]
 * @returns       [H, n, L]
 */
export function seriesOf(
  weight: Complex,
  { coarse, fine, coarseSteps, fineSteps }: Powers,
  L: number,
): tf.Tensor {
  const [H, n, M] = weight.re.shape as [number, number, number];
  const spread = ({ re, im }: Complex, axis: number): Complex =>
    complex(tf.expandDims(re, axis), tf.expandDims(im, axis));
  const { re, im } = multiply(spread(weight, 2), spread(coarse, 1)); // [H, n, coarseSteps, M]
  const rows = tf.reshape(tf.concat([re, tf.neg(im)], 3), [H, n * coarseSteps, 2 * M]);
  const sums = tf.reshape(tf.matMul(rows, fine), [H, n, coarseSteps * fineSteps]);
  return tf.mul(2, tf.slice(sums, [0, 0, 0], [-1, -1, L]));
}

/**
 * sum_t exp(z (L-1-t)) x[t], where an input that came at step t has decayed to at the end.
 * @param x  [H, n, L]
 * @returns  [H, n, M]
 */
export function decayedSum(x: tf.Tensor, { coarse, fine, coarseSteps, fineSteps }: Powers): Complex {
  const [H, n, L] = x.shape as [number, number, number];
  const steps = coarseSteps * fineSteps;
  const M = coarse.re.shape[2] as number;
  // Silence in front, so that the last step ends a row: l = L-1-t then counts both tables backwards.
  const aligned = tf.pad(x, [
    [0, 0],
    [0, 0],
    [steps - L, 0],
  ]);
  const rows = tf.reshape(aligned, [H, n * coarseSteps, fineSteps]);
  const within = tf.reshape(tf.matMul(rows, tf.reverse(fine, 2), false, true), [H, n, coarseSteps, 2 * M]);
  const [re, im] = tf.split(within, 2, 3);
  const back = (part: tf.Tensor): tf.Tensor => tf.expandDims(tf.reverse(part, 1), 1);
  const ended = multiply(complex(re, im), complex(back(coarse.re), back(coarse.im)));
  return complex(tf.sum(ended.re, 2), tf.sum(ended.im, 2));
}
