import * as tf from '../../tf.js';
import { scaledSpikes } from '../lif/index.js';
import type { TensorKernel } from '../operation.js';
import { predictInBlocks } from '../sdn/blocks.js';
import type { SdnWeights } from '../sdn/index.js';
import { TAPS } from '../sdn/predictor.js';
import { surrogateNamed } from '../surrogate.js';

/** As the reference. */
export const forward: TensorKernel = ({ x, past, scale, ...weights }) => {
  // All that the network sees: seven inputs of the past, then x.
  const window = tf.concat([tf.slice(past, [0, 1, 0], [-1, TAPS - 1, -1]), x], 1) as tf.Tensor3D;
  const p = predictInBlocks(window, weights as unknown as SdnWeights);
  const fired = tf.cast(tf.greaterEqual(p, 0.5), 'float32') as tf.Tensor3D;
  return [scaledSpikes(fired, scale as tf.Tensor2D | undefined)];
};

export const backward: TensorKernel = ({ x, past, dy0, scale, w1, b1, w2, b2, w3, b3 }, { slope }) => {
  const dy = scaledSpikes(dy0 as tf.Tensor3D, scale as tf.Tensor2D | undefined);
  const constants = [past, w1, b1, w2, b2, w3, b3].map((of) => tf.zerosLike(of));
  const { tensor } = slope === '' ? { tensor: tf.onesLike } : surrogateNamed('sdnSpike', slope as string);
  return [tf.mul(dy, tensor(tf.sub(x, 1))), ...constants];
};
