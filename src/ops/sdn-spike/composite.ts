import * as tf from '../../tf.js';
import { detach } from '../detach.js';
import type { SdnWeights } from '../sdn/index.js';
import { sdnNetwork } from '../sdn/network.js';
import { TAPS } from '../sdn/predictor.js';

/** The same from tensor operations. */
export function sdnSpikeComposite(x: tf.Tensor3D, past: tf.Tensor3D, weights: SdnWeights): tf.Tensor3D {
  const [batch, L, H] = x.shape;
  const window = tf.slice(tf.concat([past, x], 1), [0, 1, 0], [batch, TAPS + L - 1, H]);
  return straightThrough(sdnNetwork(window, frozen(weights)));
}

function frozen({ w1, b1, w2, b2, w3, b3 }: SdnWeights): SdnWeights {
  return { w1: detach(w1), b1: detach(b1), w2: detach(w2), b2: detach(b2), w3: detach(w3), b3: detach(b3) };
}

/** p >= 1/2, with the gradient of p itself. */
function straightThrough(p: tf.Tensor3D): tf.Tensor3D {
  return tf.customGrad((given) => ({
    value: tf.cast(tf.greaterEqual(given as tf.Tensor, 0.5), 'float32'),
    gradFunc: (dy: tf.Tensor) => dy,
  }))(p) as tf.Tensor3D;
}
