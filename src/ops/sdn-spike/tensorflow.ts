import * as tf from '@tensorflow/tfjs';
import type { TensorKernel } from '../operation.js';
import { differentiateInBlocks, predictInBlocks } from '../sdn/blocks.js';
import type { SdnWeights } from '../sdn/index.js';
import { TAPS } from '../sdn/predictor.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, past, ...weights }) => {
  const p = predictInBlocks(windowOf(x, past), weights as unknown as SdnWeights);
  return [tf.cast(tf.greaterEqual(p, 0.5), 'float32')];
};

export const backward: TensorKernel = ({ x, past, dy0, w1, b1, w2, b2, w3, b3 }) => {
  const weights = { w1, b1, w2, b2, w3, b3 } as SdnWeights;
  const ofWindow = differentiateInBlocks(windowOf(x, past), weights, dy0 as tf.Tensor3D);
  const [before, dx] = tf.split(ofWindow, [TAPS - 1, x.shape[1] as number], 1);
  const unseen = tf.zeros([x.shape[0], 1, x.shape[2] as number]);
  const constants = [w1, b1, w2, b2, w3, b3].map((of) => tf.zerosLike(of));
  return [dx, tf.concat([unseen, before], 1), ...constants];
};

/** All that the network sees: seven inputs of the past, then x. */
function windowOf(x: tf.Tensor, past: tf.Tensor): tf.Tensor3D {
  return tf.concat([tf.slice(past, [0, 1, 0], [-1, TAPS - 1, -1]), x], 1) as tf.Tensor3D;
}
