import { unknownName } from '../options.js';
import * as tf from '../tf.js';

/**
 * The derivative that stands in for that of the step function, at distance d = v - v_th from the threshold.
 * To add one: one line in `surrogates`.
 */
export interface Surrogate {
  slope(d: number): number;
  /** The same from tensor operations. */
  tensor(d: tf.Tensor): tf.Tensor;
  /** Whether it is 0 far from the threshold, so that many spikes pass no gradient on. */
  compact: boolean;
}

export type SurrogateName = 'piecewise-quadratic' | 'triangle' | 'sigmoid' | 'arctan';

/** Dampening of the triangle: Bellec et al. 2018. */
const DAMPENING = 0.3;
/** Steepness of the sigmoid: Zenke and Vogels 2021 discuss the choice; 4 keeps the peak at 1. */
const STEEPNESS = 4;

export const surrogates: Readonly<Record<SurrogateName, Surrogate>> = {
  // The paper's: max(0, 1 - |d|).
  'piecewise-quadratic': { slope: tent, tensor: tentTensor, compact: true },
  triangle: {
    slope: (d) => DAMPENING * tent(d),
    tensor: (d) => tf.mul(DAMPENING, tentTensor(d)),
    compact: true,
  },
  sigmoid: {
    slope: (d) => STEEPNESS * bell(STEEPNESS * d),
    tensor: (d) => tf.mul(STEEPNESS, bellTensor(tf.mul(STEEPNESS, d))),
    compact: false,
  },
  // Fang et al. 2021, alpha = 2: 1 / (1 + (pi d)^2).
  arctan: {
    slope: (d) => 1 / (1 + (Math.PI * d) ** 2),
    tensor: (d) => tf.reciprocal(tf.add(1, tf.square(tf.mul(Math.PI, d)))),
    compact: false,
  },
};

export function surrogateNamed(where: string, name: string): Surrogate {
  if (!Object.hasOwn(surrogates, name)) throw unknownName(where, 'surrogate', name, Object.keys(surrogates));
  return surrogates[name as SurrogateName];
}

/** H(d): 1 where d >= 0, else 0; its gradient is the surrogate's. */
export function spikeTensor(d: tf.Tensor, surrogate: Surrogate): tf.Tensor {
  return tf.customGrad((x, save) => {
    const input = x as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.cast(tf.greaterEqual(input, 0), 'float32'),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, surrogate.tensor(saved[0])),
    };
  })(d);
}

function tent(d: number): number {
  return Math.max(0, 1 - Math.abs(d));
}

function tentTensor(d: tf.Tensor): tf.Tensor {
  return tf.relu(tf.sub(1, tf.abs(d)));
}

/** Derivative of the logistic function. */
function bell(z: number): number {
  const p = 1 / (1 + Math.exp(-z));
  return p * (1 - p);
}

function bellTensor(z: tf.Tensor): tf.Tensor {
  const p = tf.sigmoid(z);
  return tf.mul(p, tf.sub(1, p));
}
