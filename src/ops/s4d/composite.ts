import * as tf from '@tensorflow/tfjs';
import { add, type Complex, complex, exp, expm1, multiply, over, scale, split } from './complex.js';
import { fftConvolve } from './fft.js';

interface Inputs {
  x: tf.Tensor3D;
  log_dt: tf.Tensor1D;
  log_A_real: tf.Tensor2D;
  A_imag: tf.Tensor2D;
  B: tf.Tensor3D;
  C: tf.Tensor4D;
  D: tf.Tensor1D;
  state: tf.Tensor4D;
}

/**
 * The same from tensor operations: the kernel K[l] = 2 Re sum_m C BBar ABar^l is written out for every l and the
 * sequence is convolved with it by FFT, in parallel over time. Complex numbers are pairs of real tensors, because
 * tfjs has no gradients for complex ones.
 */
export function s4dComposite(inputs: Inputs): [tf.Tensor3D, tf.Tensor4D] {
  const { x, log_dt, log_A_real, A_imag, B, C, D, state } = inputs;
  const L = x.shape[1];
  const [kernels, H, M] = C.shape;
  const A = complex(tf.neg(tf.exp(log_A_real)), A_imag);
  const z = scale(A, tf.reshape(tf.exp(log_dt), [H, 1]));
  const BBar = multiply(split(B), over(expm1(z), A)); // [H, M]
  const power = powers(z, L); // ABar^l  [H, M, L]
  const kernel = (k: number): tf.Tensor => {
    const weight = multiply(split(tf.squeeze(tf.slice(C, [k, 0, 0, 0], [1, H, M, 2]), [0])), BBar);
    return realSum(weight, power, H, M);
  };
  // Convolution along the last axis: [batch, H, L]
  const column = tf.transpose(x, [0, 2, 1]);
  let y = fftConvolve(column, kernel(0));
  if (kernels === 2) {
    // y[t] += sum_i k1[i] x[t+1+i]: the reversed sequence's output, one step later.
    const ahead = fftConvolve(tf.reverse(column, 2), kernel(1));
    y = tf.add(
      y,
      tf.pad(tf.reverse(tf.slice(ahead, [0, 0, 0], [-1, -1, L - 1]), 2), [
        [0, 0],
        [0, 0],
        [0, 1],
      ]),
    );
  }
  const ABar = exp(z);
  y = tf.add(
    y,
    fromState(split(state), split(tf.squeeze(tf.slice(C, [0, 0, 0, 0], [1, H, M, 2]), [0])), ABar, power),
  );
  const skip = tf.mul(x, D);
  return [tf.add(tf.transpose(y, [0, 2, 1]), skip), finalState(split(state), column, ABar, BBar, power)];
}

/** exp(z l) for l = 0..L-1  [H, M, L] */
function powers(z: Complex, L: number): Complex {
  const l = tf.range(0, L);
  return exp(complex(tf.mul(tf.expandDims(z.re, -1), l), tf.mul(tf.expandDims(z.im, -1), l)));
}

/** 2 Re sum_m weight_m power_m[l]  [H, L] */
function realSum(weight: Complex, power: Complex, H: number, M: number): tf.Tensor {
  const row = (part: tf.Tensor): tf.Tensor => tf.reshape(part, [H, 1, M]);
  const product = tf.sub(tf.matMul(row(weight.re), power.re), tf.matMul(row(weight.im), power.im));
  return tf.mul(2, tf.squeeze(product, [1]));
}

/** What the initial state adds: 2 Re sum_m C ABar^(t+1) h0  [batch, H, L] */
function fromState(state: Complex, C: Complex, ABar: Complex, power: Complex): tf.Tensor {
  const weight = multiply(multiply(C, ABar), state); // [batch, H, M]
  const byChannel = (part: tf.Tensor): tf.Tensor => tf.transpose(part, [1, 0, 2]); // [H, batch, M]
  const product = tf.sub(
    tf.matMul(byChannel(weight.re), power.re),
    tf.matMul(byChannel(weight.im), power.im),
  );
  return tf.mul(2, tf.transpose(product, [1, 0, 2]));
}

/** h[L-1] = ABar^L h0 + sum_t ABar^(L-1-t) BBar x[t]  [batch, H, M, 2] */
function finalState(
  state: Complex,
  column: tf.Tensor,
  ABar: Complex,
  BBar: Complex,
  power: Complex,
): tf.Tensor4D {
  const L = column.shape[2] as number;
  const byChannel = tf.transpose(column, [1, 0, 2]); // [H, batch, L]
  const sum = (part: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.matMul(byChannel, tf.reverse(part, 2), false, true), [1, 0, 2]); // [batch, H, M]
  const driven = multiply(complex(sum(power.re), sum(power.im)), BBar);
  const last = (part: tf.Tensor): tf.Tensor => tf.squeeze(tf.slice(part, [0, 0, L - 1], [-1, -1, 1]), [2]);
  const decay = multiply(complex(last(power.re), last(power.im)), ABar); // ABar^L
  const end = add(driven, multiply(state, decay));
  return tf.stack([end.re, end.im], 3) as tf.Tensor4D;
}
