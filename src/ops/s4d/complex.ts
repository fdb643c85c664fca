import * as tf from '../../tf.js';

/** A complex tensor as two real ones of the same shape (or shapes that broadcast). */
export interface Complex {
  re: tf.Tensor;
  im: tf.Tensor;
}

export function complex(re: tf.Tensor, im: tf.Tensor): Complex {
  return { re, im };
}

/** Takes [..., 2] apart. */
export function split(pairs: tf.Tensor): Complex {
  const [re, im] = tf.unstack(pairs, pairs.rank - 1);
  return { re, im };
}

export function add(a: Complex, b: Complex): Complex {
  return { re: tf.add(a.re, b.re), im: tf.add(a.im, b.im) };
}

export function multiply(a: Complex, b: Complex): Complex {
  return {
    re: tf.sub(tf.mul(a.re, b.re), tf.mul(a.im, b.im)),
    im: tf.add(tf.mul(a.re, b.im), tf.mul(a.im, b.re)),
  };
}

export function scale(a: Complex, factor: tf.Tensor): Complex {
  return { re: tf.mul(a.re, factor), im: tf.mul(a.im, factor) };
}

/** a / b */
export function over(a: Complex, b: Complex): Complex {
  const norm = tf.add(tf.square(b.re), tf.square(b.im));
  const product = multiply(a, { re: b.re, im: tf.neg(b.im) });
  return { re: tf.div(product.re, norm), im: tf.div(product.im, norm) };
}

export function exp(z: Complex): Complex {
  const growth = tf.exp(z.re);
  return { re: tf.mul(growth, tf.cos(z.im)), im: tf.mul(growth, tf.sin(z.im)) };
}

/** exp(z) - 1 without cancellation near 0: expm1(x) cos y - 2 sin^2(y/2) + i exp(x) sin y */
export function expm1({ re: x, im: y }: Complex): Complex {
  const re = tf.sub(tf.mul(tf.expm1(x), tf.cos(y)), tf.mul(2, tf.square(tf.sin(tf.mul(0.5, y)))));
  return { re, im: tf.mul(tf.exp(x), tf.sin(y)) };
}
