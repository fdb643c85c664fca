import * as tf from '../../tf.js';
import { scaledSpikes } from '../lif/index.js';
import type { TensorKernel } from '../operation.js';
import { surrogateNamed } from '../surrogate.js';
import { predictInBlocks } from './blocks.js';
import type { SdnWeights } from './index.js';
import { TAPS } from './predictor.js';

/** As the reference; with attribute `keep`, the distances from the threshold are a note for `backward`. */
export const forward: TensorKernel = ({ x, past, scale, ...weights }, { keep }) => {
  const [batch, L, H] = x.shape;
  const window = tf.slice(tf.concat([past, x], 1), [0, 0, 0], [batch, TAPS + L - 1, H] as number[]);
  const prediction = predictInBlocks(window as tf.Tensor3D, weights as unknown as SdnWeights);
  const distance = tf.sub(tf.add(prediction, x), 1);
  const fired = tf.cast(tf.greaterEqual(distance, 0), 'float32') as tf.Tensor3D;
  const spikes = scaledSpikes(fired, scale as tf.Tensor2D | undefined);
  return keep ? [spikes, distance] : [spikes];
};

export const backward: TensorKernel = (
  { dy0, y1: distance, scale, past, w1, b1, w2, b2, w3, b3 },
  attributes,
) => {
  const { tensor: slope } = surrogateNamed('sdn', attributes.surrogate as string);
  const dy = scaledSpikes(dy0 as tf.Tensor3D, scale as tf.Tensor2D | undefined);
  const constants = [past, w1, b1, w2, b2, w3, b3].map((of) => tf.zerosLike(of));
  return [tf.mul(dy, slope(distance)), ...constants];
};
