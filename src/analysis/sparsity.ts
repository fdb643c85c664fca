import * as tf from '@tensorflow/tfjs';
import type { Probe } from '../layers/model.js';

/** How often the neurons of one layer spiked. Rates are spikes per neuron and step, in [0, 1]. */
export interface LayerActivity {
  layer: number;
  /** Neurons of the layer. */
  H: number;
  rate: number;
  /** Rate of each neuron [H]. */
  channelRates: Float64Array;
  /** Neurons that never spiked. */
  silent: number;
  /** Neurons that spiked at every step. */
  saturated: number;
}

export interface SpikeCounter {
  /**
   * Counts one layer's spikes.
   * @param lengths  true length of each sequence [batch]; what lies after it does not count
   */
  add(event: Probe, lengths?: Int32Array): void;
  /** What was counted so far, by layer. */
  activity(): LayerActivity[];
}

/** Adds up spikes over any number of batches; `add` takes the events of a model's probe. */
export function spikeCounter(): SpikeCounter {
  const counts = new Map<number, { spikes: Float64Array; steps: number }>();
  return {
    add: ({ layer, name, value }, lengths) => {
      if (name !== 'spikes') return;
      const [batch, L, H] = value.shape;
      const count = counts.get(layer) ?? { spikes: new Float64Array(H), steps: 0 };
      counts.set(layer, count);
      const sums = tf.tidy(() => {
        // As a matrix product: every backend is fast at it, and only H numbers leave the device.
        const rows = tf.reshape(value, [batch * L, H]) as tf.Tensor2D;
        return tf.matMul(stepWeights(batch, L, lengths), rows).dataSync();
      });
      for (let h = 0; h < H; h++) count.spikes[h] += sums[h];
      count.steps += lengths ? lengths.reduce((sum, length) => sum + length, 0) : batch * L;
    },
    activity: () =>
      [...counts.entries()]
        .sort(([a], [b]) => a - b)
        .map(([layer, { spikes, steps }]) => activityOf(layer, spikes, steps)),
  };
}

/** Rate over all neurons of all layers. */
export function overallRate(layers: readonly LayerActivity[]): number {
  const neurons = layers.reduce((sum, { H }) => sum + H, 0);
  return layers.reduce((sum, { rate, H }) => sum + rate * H, 0) / neurons;
}

/** 1 for each step of a sequence, 0 for the padding after its end: [1, batch * L]. */
function stepWeights(batch: number, L: number, lengths?: Int32Array): tf.Tensor2D {
  if (!lengths) return tf.ones([1, batch * L]);
  const weights = new Float32Array(batch * L);
  lengths.forEach((length, b) => {
    weights.fill(1, b * L, b * L + length);
  });
  return tf.tensor2d(weights, [1, batch * L]);
}

function activityOf(layer: number, spikes: Float64Array, steps: number): LayerActivity {
  const channelRates = spikes.map((count) => count / steps);
  return {
    layer,
    H: spikes.length,
    rate: channelRates.reduce((sum, rate) => sum + rate, 0) / spikes.length,
    channelRates,
    silent: spikes.filter((count) => count === 0).length,
    saturated: spikes.filter((count) => count === steps).length,
  };
}
