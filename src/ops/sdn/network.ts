import * as tf from '../../tf.js';
import type { SdnWeights } from './index.js';
import { CHANNELS, TAPS } from './predictor.js';

/**
 * The network from tensor operations, as three convolutions along time over every channel of every example:
 *   p[t] = network(window[t..t+7])
 * @param window  float32 [batch, steps + 7, H]
 * @returns       float32 [batch, steps, H]
 */
export function sdnNetwork(window: tf.Tensor3D, { w1, b1, w2, b2, w3, b3 }: SdnWeights): tf.Tensor3D {
  const [batch, length, H] = window.shape;
  const rows = tf.reshape(tf.transpose(window, [0, 2, 1]), [batch * H, length, 1]) as tf.Tensor3D;
  // [out, in, k] of PyTorch to [k, in, out] of tfjs
  const kernel = (w: tf.Tensor3D): tf.Tensor3D => tf.transpose(w, [2, 1, 0]);
  const first = tf.relu(tf.add(tf.conv1d(rows, kernel(w1), 1, 'valid'), b1)) as tf.Tensor3D;
  const second = tf.relu(tf.add(tf.add(tf.conv1d(first, kernel(w2), 1, 'valid'), b2), first));
  const p = tf.add(tf.matMul(tf.reshape(second, [-1, CHANNELS]), tf.reshape(w3, [CHANNELS, 1])), b3);
  return tf.transpose(tf.reshape(p, [batch, H, length - TAPS + 1]), [0, 2, 1]) as tf.Tensor3D;
}
