import * as tf from '../tf.js';

/** The same values as a constant: no gradient goes through. */
export function detach<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x) as T;
}
