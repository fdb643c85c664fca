import * as tf from '../../tf.js';
import { add, type Complex, complex, exp, expm1, multiply, over, scale, split } from './complex.js';
import { circularConvolve } from './fft.js';
import { decayedSum, type Powers, powersOf, seriesOf } from './powers.js';

interface Inputs {
  x: tf.Tensor3D;
  log_dt: tf.Tensor1D;
  log_A_real: tf.Tensor2D;
  A_imag: tf.Tensor2D;
  B: tf.Tensor3D;
  C: tf.Tensor4D;
  D: tf.Tensor1D;
  /** undefined: 0 */
  state?: tf.Tensor4D;
}

/**
 * The same from tensor operations: the kernel K[l] = 2 Re sum_m C BBar ABar^l is written out for every l and the
 * sequence is convolved with it by FFT, in parallel over time. Complex numbers are pairs of real tensors, because
 * tfjs has no gradients for complex ones.
 */
export function s4dComposite(inputs: Inputs): [tf.Tensor3D, tf.Tensor4D] {
  const { x, log_dt, log_A_real, A_imag, B, C, D, state } = inputs;
  const L = x.shape[1];
  const A = complex(tf.neg(tf.exp(log_A_real)), A_imag);
  const z = scale(A, tf.reshape(tf.exp(log_dt), [-1, 1]));
  const BBar = multiply(split(B), over(expm1(z), A)); // [H, M]
  const powers = powersOf(z, L);
  const output = split(C); // [kernels, H, M]
  const taps = seriesOf(byChannel(multiply(output, BBar)), powers, L); // [H, kernels, L]
  const column = tf.transpose(x, [0, 2, 1]); // [batch, H, L]
  let y = circularConvolve(column, circular(taps, D));
  const before = state && byChannel(split(state)); // [H, batch, M]
  const ABar = spread(exp(z));
  if (before) {
    const causal = tf.slice(C, [0, 0, 0, 0], [1, -1, -1, -1]);
    const weight = multiply(multiply(byChannel(split(causal)), ABar), before);
    y = tf.add(y, tf.transpose(seriesOf(weight, powers, L), [1, 0, 2]));
  }
  return [tf.transpose(y, [0, 2, 1]) as tf.Tensor3D, finalState(column, before, z, spread(BBar), powers)];
}

/**
 * The kernel as the circular convolution wants it: taps that look back, D among them, then those that look ahead,
 * the farthest first. The official code's second kernel begins at the next step.
 * @returns  [H, 2L]
 */
function circular(taps: tf.Tensor, D: tf.Tensor1D): tf.Tensor {
  const [H, kernels, L] = taps.shape as [number, number, number];
  const kernel = (k: number): tf.Tensor => tf.reshape(tf.slice(taps, [0, k, 0], [-1, 1, -1]), [H, L]);
  const skip = tf.pad(tf.reshape(D, [H, 1]), [
    [0, 0],
    [0, L - 1],
  ]);
  const back = tf.add(kernel(0), skip);
  return tf.concat([back, kernels === 2 ? tf.reverse(kernel(1), 1) : tf.zerosLike(skip)], 1);
}

/** h[L-1] = ABar^L h0 + sum_t ABar^(L-1-t) BBar x[t]  [batch, H, M, 2] */
function finalState(
  column: tf.Tensor,
  before: Complex | undefined,
  z: Complex,
  BBar: Complex,
  powers: Powers,
): tf.Tensor4D {
  const L = column.shape[2] as number;
  const driven = multiply(decayedSum(tf.transpose(column, [1, 0, 2]), powers), BBar);
  const decay = spread(exp(complex(tf.mul(z.re, L), tf.mul(z.im, L))));
  const end = before ? add(driven, multiply(before, decay)) : driven;
  return tf.transpose(tf.stack([end.re, end.im], 3), [1, 0, 2, 3]) as tf.Tensor4D;
}

/** [n, H, M] to [H, n, M] */
function byChannel({ re, im }: Complex): Complex {
  return complex(tf.transpose(re, [1, 0, 2]), tf.transpose(im, [1, 0, 2]));
}

/** [H, M] to [H, 1, M] */
function spread({ re, im }: Complex): Complex {
  return complex(tf.expandDims(re, 1), tf.expandDims(im, 1));
}
