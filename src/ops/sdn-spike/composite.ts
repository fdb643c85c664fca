import * as tf from '../../tf.js';
import { detach } from '../detach.js';
import type { SdnWeights } from '../sdn/index.js';
import { sdnNetwork } from '../sdn/network.js';
import { TAPS } from '../sdn/predictor.js';
import { surrogateNamed } from '../surrogate.js';

/** The same from tensor operations. */
export function sdnSpikeComposite(
  x: tf.Tensor3D,
  past: tf.Tensor3D,
  weights: SdnWeights,
  slope: string,
): tf.Tensor3D {
  const [batch, L, H] = x.shape;
  const window = tf.slice(tf.concat([past, x], 1), [0, 1, 0], [batch, TAPS + L - 1, H]);
  const p = detach(sdnNetwork(window, weights));
  const tensor = slope === '' ? undefined : surrogateNamed('sdnSpike', slope).tensor;
  return tf.customGrad((given, predicted, save) => {
    const current = given as tf.Tensor;
    (save as tf.GradSaveFunc)(tensor ? [current] : []);
    return {
      value: tf.cast(tf.greaterEqual(predicted as tf.Tensor, 0.5), 'float32'),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tensor ? tf.mul(dy, tensor(tf.sub(saved[0], 1))) : tf.clone(dy),
        tf.zerosLike(dy),
      ],
    };
  })(x, p) as tf.Tensor3D;
}
