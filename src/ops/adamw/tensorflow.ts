import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { AdamwNumbers } from './reference.js';

/** One parameter's part in a step, or that of several one after the other, as a row of numbers. */
export interface AdamwTensors {
  parameter: tf.Tensor1D;
  gradient: tf.Tensor1D;
  m: tf.Tensor1D;
  v: tf.Tensor1D;
}

/**
 * As `adamwStep`, in float32 throughout and into new tensors; corrections and rates are worked out in float64.
 * @param good  a scalar bool: where it is false all is as before
 */
export function adamwTensors(
  { parameter, gradient, m, v }: AdamwTensors,
  { learningRate, weightDecay, betas: [beta1, beta2], eps, step }: AdamwNumbers,
  good: tf.Scalar,
): Omit<AdamwTensors, 'gradient'> {
  const mean = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(v, beta2), tf.mul(tf.mul(gradient, 1 - beta2), gradient));
  const root = tf.add(tf.mul(tf.sqrt(square), 1 / Math.sqrt(1 - beta2 ** step)), eps);
  const change = tf.mul(tf.div(mean, root), learningRate / (1 - beta1 ** step));
  const kept = weightDecay === 0 ? parameter : tf.mul(parameter, 1 - learningRate * weightDecay);
  const either = (after: tf.Tensor, before: tf.Tensor1D): tf.Tensor1D =>
    execute('SelectV2', { T: 'float32' }, [good, after, before]) as tf.Tensor1D;
  return {
    parameter: either(tf.sub(kept, change), parameter),
    m: either(mean, m),
    v: either(square, v),
  };
}
