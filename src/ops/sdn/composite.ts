import * as tf from '@tensorflow/tfjs';
import { spikeTensor, surrogateNamed } from '../surrogate.js';
import type { SdnWeights } from './index.js';
import { sdnNetwork } from './network.js';
import { TAPS } from './predictor.js';

/** The same from tensor operations. */
export function sdnComposite(
  x: tf.Tensor3D,
  past: tf.Tensor3D,
  weights: SdnWeights,
  surrogate: string,
): tf.Tensor3D {
  const [batch, L, H] = x.shape;
  const window = tf.slice(tf.concat([past, x], 1), [0, 0, 0], [batch, TAPS + L - 1, H]);
  const prediction = constant(window, (given) => sdnNetwork(given, weights));
  return spikeTensor(tf.sub(tf.add(prediction, x), 1), surrogateNamed('sdn', surrogate)) as tf.Tensor3D;
}

/** f(x) without a gradient. */
function constant(x: tf.Tensor3D, f: (x: tf.Tensor3D) => tf.Tensor3D): tf.Tensor3D {
  return tf.customGrad((given, save) => {
    (save as tf.GradSaveFunc)([given as tf.Tensor]);
    return {
      value: f(given as tf.Tensor3D),
      gradFunc: (_: tf.Tensor, saved: tf.Tensor[]) => tf.zerosLike(saved[0]),
    };
  })(x) as tf.Tensor3D;
}
