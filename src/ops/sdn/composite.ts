import * as tf from '../../tf.js';
import { detach } from '../detach.js';
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
  const prediction = detach(sdnNetwork(window, weights));
  return spikeTensor(tf.sub(tf.add(prediction, x), 1), surrogateNamed('sdn', surrogate)) as tf.Tensor3D;
}
