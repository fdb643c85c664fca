import * as tf from '../../tf.js';
import { detach } from '../detach.js';
import { spikeTensor, surrogateNamed } from '../surrogate.js';
import type { LifOptions } from './index.js';

/** The same from tensor operations: a loop over time, as any tensor library has to write it. */
export function lifComposite(
  x: tf.Tensor3D,
  u: tf.Tensor2D,
  options: Required<LifOptions>,
): [tf.Tensor3D, tf.Tensor2D] {
  const surrogate = surrogateNamed('lif', options.surrogate);
  const spikes: tf.Tensor[] = [];
  let last: tf.Tensor = u;
  // tfjs cannot differentiate an unstack into a single tensor.
  const inputs = x.shape[1] === 1 ? [tf.squeeze<tf.Tensor>(x, [1])] : tf.unstack(x, 1);
  for (const input of inputs) {
    const past = options.gradient === 'sltt' ? detach(last) : last;
    const v = tf.add(tf.mul(options.tau, past), input);
    const s = spikeTensor(tf.sub(v, 1), surrogate);
    spikes.push(s);
    const fired = detach(s);
    last =
      options.reset === 'hard'
        ? tf.add(tf.mul(tf.sub(1, fired), v), tf.mul(fired, options.v_reset))
        : tf.sub(v, fired);
  }
  return [tf.stack(spikes, 1) as tf.Tensor3D, last as tf.Tensor2D];
}
