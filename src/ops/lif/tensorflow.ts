import * as tf from '@tensorflow/tfjs';
import { execute } from '../../backend/tensorflow/execute.js';
import type { Attributes, TensorKernel } from '../operation.js';
import { surrogateNamed } from '../surrogate.js';

/**
 * As the reference, with as few operations a step as there can be: four forward, two backward. What needs no order is
 * done for all steps at once. The potentials before reset are a note for `backward`.
 */
export const forward: TensorKernel = ({ x, u }, attributes) => {
  const [tau, threshold] = [tf.scalar(attributes.tau as number), tf.scalar(1)];
  const reset = resetTo(attributes);
  const potentials: tf.Tensor[] = [];
  let last = u;
  for (const input of tf.unstack(x, 1)) {
    const v = sum(product(tau, last), input);
    potentials.push(v);
    const fired = execute('GreaterEqual', FLOAT, [v, threshold]);
    last = reset(fired, v);
  }
  const v = tf.stack(potentials, 1);
  return [tf.cast(tf.greaterEqual(v, 1), 'float32'), last, v];
};

export const backward: TensorKernel = ({ u, dy0, dy1, y2: v }, attributes) => {
  const { tensor: slope } = surrogateNamed('lif', attributes.surrogate as string);
  const own = tf.unstack(tf.mul(dy0, slope(tf.sub(v, 1))), 1);
  // What of a step's potential is left after it: all, or nothing where a hard reset follows a spike.
  const kept = attributes.reset === 'hard' ? tf.cast(tf.less(v, 1), 'float32') : tf.onesLike(v);
  const end = own.length - 1;
  const ofV = [...own];
  const tau = attributes.tau as number;
  ofV[end] = tf.add(own[end], tf.mul(tf.unstack(kept, 1)[end], dy1));
  if (attributes.gradient === 'sltt') return [tf.stack(ofV, 1), tf.zerosLike(u)];
  const handedOn = tf.unstack(tf.mul(kept, tau), 1);
  for (let t = end - 1; t >= 0; t--) ofV[t] = sum(own[t], product(handedOn[t], ofV[t + 1]));
  return [tf.stack(ofV, 1), tf.mul(ofV[0], tau)];
};

const FLOAT = { T: 'float32' } as const;

function sum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return execute('AddV2', FLOAT, [a, b]);
}

function product(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return execute('Mul', FLOAT, [a, b]);
}

/** u after a step, of what fired and v. */
function resetTo({ reset, v_reset }: Attributes): (fired: tf.Tensor, v: tf.Tensor) => tf.Tensor {
  if (reset === 'soft') return (fired, v) => tf.sub(v, tf.cast(fired, 'float32'));
  const value = tf.scalar(v_reset as number);
  return (fired, v) => execute('SelectV2', FLOAT, [fired, value, v]);
}
