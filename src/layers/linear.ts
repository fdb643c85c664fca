import type { Random } from '../random.js';
import * as tf from '../tf.js';

/**
 * Weight and bias of a linear map with PyTorch's default start, U(-1/sqrt(inputs), 1/sqrt(inputs)).
 * @param shape  of the weight, [outputs, inputs, …]
 */
export function linearParameters(
  shape: number[],
  random: Random,
): { weight: tf.Variable; bias: tf.Variable } {
  const bound = 1 / Math.sqrt(shape[1]);
  const draw = (sizes: number[]): tf.Variable => {
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(sizes) },
      () => bound * (2 * random.uniform() - 1),
    );
    return tf.tidy(() => tf.variable(tf.tensor(values, sizes)));
  };
  return { weight: draw(shape), bias: draw([shape[0]]) };
}
