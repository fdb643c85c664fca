import * as tf from '@tensorflow/tfjs';
import type { Attributes, TensorKernel } from '../operation.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, weight, bias }, attributes) => {
  const axis = axisOf(attributes);
  const mean = tf.mean(x, axis, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axis, true);
  const scale = tf.rsqrt(tf.add(variance, attributes.eps as number));
  const y = tf.add(tf.mul(tf.mul(centred, scale), weight), bias);
  return [y, tf.reshape(mean, [-1]), tf.reshape(variance, [-1])];
};

export const backward: TensorKernel = ({ x, weight, dy0, y1: mean, y2: variance }, attributes) => {
  const axis = axisOf(attributes);
  const shape = axis === 1 ? [-1, 1] : [1, -1];
  const scale = tf.reshape(tf.rsqrt(tf.add(variance, attributes.eps as number)), shape);
  const standard = tf.mul(tf.sub(x, tf.reshape(mean, shape)), scale);
  const product = tf.mul(dy0, standard);
  const weighted = tf.mul(dy0, weight);
  const along = tf.mean(tf.mul(product, weight), axis, true);
  const rest = tf.sub(tf.sub(weighted, tf.mean(weighted, axis, true)), tf.mul(standard, along));
  return [tf.mul(scale, rest), tf.sum(product, 0), tf.sum(dy0, 0)];
};

/** Along which the numbers of one pair of statistics lie: channels of a row, or rows of a channel. */
function axisOf({ kind }: Attributes): 0 | 1 {
  return kind === 'layer' ? 1 : 0;
}
