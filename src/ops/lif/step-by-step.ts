import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { Attributes } from '../operation.js';

/** The neurons of a layer. */
interface Layer {
  /** Input currents  float32 [batch, L, H] */
  x: tf.Tensor;
  /** Potentials before the first step  float32 [batch, H] */
  u: tf.Tensor;
}

/**
 * Computes the potentials of some neurons anew, one step after the other in host memory, with the roundings of tensors.
 * @param v        potentials before reset  float32 [batch, L, H]
 * @param neurons  their places in [batch * H]
 * @returns        v with those of these neurons in place of what it had
 */
export function stepByStep(v: tf.Tensor, layer: Layer, neurons: number[], attributes: Attributes): tf.Tensor {
  const [, L, H] = v.shape as [number, number, number];
  const places = new Int32Array(neurons.length * L);
  neurons.forEach((neuron, i) => {
    const first = Math.floor(neuron / H) * L * H + (neuron % H);
    for (let t = 0; t < L; t++) places[i * L + t] = first + t * H;
  });
  const inputs = tf.gather(tf.reshape(layer.x, [-1]), tf.tensor1d(places, 'int32')).dataSync<'float32'>();
  const before = layer.u.dataSync<'float32'>();
  const potentials = new Float32Array(inputs.length);
  const reset = resetOf(attributes);
  const tau = Math.fround(attributes.tau as number);
  neurons.forEach((neuron, i) => {
    let u = before[neuron];
    for (let at = i * L; at < (i + 1) * L; at++) {
      const potential = Math.fround(Math.fround(tau * u) + inputs[at]);
      potentials[at] = potential;
      u = reset(potential);
    }
  });
  const types = { T: 'float32', Tindices: 'int32' } as const;
  const indices = tf.tensor2d(places, [places.length, 1], 'int32');
  const changed = execute('TensorScatterUpdate', types, [
    tf.reshape(v, [-1]),
    indices,
    tf.tensor1d(potentials),
  ]);
  return tf.reshape(changed, v.shape);
}

function resetOf({ reset, v_reset }: Attributes): (v: number) => number {
  const value = Math.fround(v_reset as number);
  if (reset === 'hard') return (v) => (v >= 1 ? value : v);
  return (v) => (v >= 1 ? Math.fround(v - 1) : v);
}
