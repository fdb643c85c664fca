import * as tf from '../../tf.js';
import { scaledSpikes } from '../lif/index.js';
import type { TensorKernel } from '../operation.js';
import { differentiateInBlocks, predictInBlocks } from '../sdn/blocks.js';
import type { SdnWeights } from '../sdn/index.js';
import { TAPS } from '../sdn/predictor.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, past, scale, ...weights }) => {
  const p = predictInBlocks(windowOf(x, past), weights as unknown as SdnWeights);
  const fired = tf.cast(tf.greaterEqual(p, 0.5), 'float32') as tf.Tensor3D;
  return [scaledSpikes(fired, scale as tf.Tensor2D | undefined)];
};

export const backward: TensorKernel = ({ x, past, dy0, scale, w1, b1, w2, b2, w3, b3 }) => {
  const weights = { w1, b1, w2, b2, w3, b3 } as SdnWeights;
  const dy = scaledSpikes(dy0 as tf.Tensor3D, scale as tf.Tensor2D | undefined);
  const ofWindow = differentiateInBlocks(windowOf(x, past), weights, dy);
  const [before, dx] = tf.split(ofWindow, [TAPS - 1, x.shape[1] as number], 1);
  const unseen = tf.zeros([x.shape[0], 1, x.shape[2] as number]);
  const constants = [w1, b1, w2, b2, w3, b3].map((of) => tf.zerosLike(of));
  return [dx, tf.concat([unseen, before], 1), ...constants];
};

/** All that the network sees: seven inputs of the past, then x. */
function windowOf(x: tf.Tensor, past: tf.Tensor): tf.Tensor3D {
  return tf.concat([tf.slice(past, [0, 1, 0], [-1, TAPS - 1, -1]), x], 1) as tf.Tensor3D;
}
