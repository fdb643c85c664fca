import * as tf from '../../tf.js';
import type { Attributes, TensorKernel } from '../operation.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, weight, bias, mask }, attributes) => {
  const mean = meanOf(x, attributes, mask);
  const centred = tf.sub(x, mean);
  const variance = meanOf(tf.square(centred), attributes, mask);
  const scale = tf.rsqrt(tf.add(variance, attributes.eps as number));
  const y = tf.add(tf.mul(tf.mul(centred, scale), weight), bias);
  return [y, tf.reshape(mean, [-1]), tf.reshape(variance, [-1])];
};

export const backward: TensorKernel = ({ x, weight, mask, dy0, y1: mean, y2: variance }, attributes) => {
  const axis = axisOf(attributes);
  const shape = axis === 1 ? [-1, 1] : [1, -1];
  const scale = tf.reshape(tf.rsqrt(tf.add(variance, attributes.eps as number)), shape);
  const standard = tf.mul(tf.sub(x, tf.reshape(mean, shape)), scale);
  const product = tf.mul(dy0, standard);
  const weighted = tf.mul(dy0, weight);
  const along = tf.sum(tf.mul(product, weight), axis, true);
  const shared = tf.mul(
    tf.add(tf.sum(weighted, axis, true), tf.mul(standard, along)),
    sharesOf(x, attributes, mask),
  );
  return [tf.mul(scale, tf.sub(weighted, shared)), tf.sum(product, 0), tf.sum(dy0, 0)];
};

/** Along which the numbers of one pair of statistics lie: channels of a row, or rows of a channel. */
function axisOf({ kind }: Attributes): 0 | 1 {
  return kind === 'layer' ? 1 : 0;
}

/** What each number counts in the mean: [rows, 1], or one for all. */
function sharesOf(x: tf.Tensor, attributes: Attributes, mask?: tf.Tensor): tf.Tensor {
  if (!mask) return tf.scalar(1 / (x.shape[axisOf(attributes)] as number));
  return tf.reshape(tf.div(mask, tf.sum(mask)), [-1, 1]);
}

function meanOf(x: tf.Tensor, attributes: Attributes, mask?: tf.Tensor): tf.Tensor {
  if (!mask) return tf.mean(x, axisOf(attributes), true);
  return tf.matMul(sharesOf(x, attributes, mask) as tf.Tensor2D, x as tf.Tensor2D, true);
}
