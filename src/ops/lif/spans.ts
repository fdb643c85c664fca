import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';

/** Steps of a span: all spans of a sequence take their steps together. */
export const SPAN = 32;

const FLOAT = { T: 'float32' } as const;

/** A sequence [batch, L, H] as spans [batch, spans, SPAN, H], filled up with zeros. */
export function inSpans(x: tf.Tensor): tf.Tensor {
  const [batch, L, H] = x.shape as [number, number, number];
  const spans = Math.ceil(L / SPAN);
  const whole = tf.pad(x, [
    [0, 0],
    [0, spans * SPAN - L],
    [0, 0],
  ]);
  return tf.reshape(whole, [batch, spans, SPAN, H]);
}

/**
 * y[t] = own[t] + factor[t] y[t+1], with y = 0 behind the end, for t = L-1 … 0; outside the tape, on `tensorflow`.
 * Spans take their steps together, as if nothing followed them; then the same recursion over whole spans gives what
 * does follow each, and every step its part of that.
 * @param own, factor  [batch, L, H]
 * @returns            [batch, L, H]
 */
export function fromTheEnd(own: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  const [batch, L, H] = own.shape as [number, number, number];
  const alone = [...tf.unstack(inSpans(own), 2)];
  const decay = [...tf.unstack(inSpans(factor), 2)];
  for (let t = Math.min(L, SPAN) - 2; t >= 0; t--) {
    alone[t] = execute('AddV2', FLOAT, [alone[t], execute('Mul', FLOAT, [decay[t], alone[t + 1]])]);
    if (L > SPAN) decay[t] = execute('Mul', FLOAT, [decay[t], decay[t + 1]]);
  }
  let y = tf.stack(alone, 2);
  if (L > SPAN) {
    const following = tf.slice(fromTheEnd(alone[0], decay[0]), [0, 1, 0], [-1, -1, -1]);
    const carried = tf.reshape(tf.concat([following, tf.zeros([batch, 1, H])], 1), [batch, -1, 1, H]);
    y = tf.add(y, tf.mul(tf.stack(decay, 2), carried));
  }
  return tf.slice(tf.reshape(y, [batch, -1, H]), [0, 0, 0], [-1, L, -1]);
}
