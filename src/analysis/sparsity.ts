import type { Probe } from '../layers/model.js';
import { runOnHost } from '../ops/operation.js';
import * as tf from '../tf.js';

/** How often the neurons of one layer spiked. Rates are spikes per neuron and step, in [0, 1]. */
export interface LayerActivity {
  layer: number;
  /** Neurons of the layer. */
  H: number;
  rate: number;
  /** Rate of each neuron [H]. */
  channelRates: Float64Array;
  /** Rate at each step, over all neurons and the sequences that last so long [L]. */
  timeRates: Float64Array;
  /** How many sequences last so long that they reach each step: those its rate is the mean of [L]. */
  sequences: Float64Array;
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

/** Spikes of one layer so far. */
interface Count {
  /** Of each neuron [H]. */
  channels: Float64Array;
  /** Of all neurons at each step, and how many sequences reached it. */
  times: number[];
  reached: number[];
}

/** Adds up spikes over any number of batches; `add` takes the events of a model's probe. */
export function spikeCounter(): SpikeCounter {
  const counts = new Map<number, Count>();
  return {
    add: ({ layer, name, value }, lengths) => {
      if (name !== 'spikes') return;
      const [batch, L, H] = value.shape;
      const count = counts.get(layer) ?? { channels: new Float64Array(H), times: [], reached: [] };
      counts.set(layer, count);
      const sums = sumOverExamples(value, lengths);
      for (let t = 0; t < L; t++) {
        const reached = lengths ? lengths.filter((length) => length > t).length : batch;
        count.reached[t] = (count.reached[t] ?? 0) + reached;
        count.times[t] ??= 0;
        for (let h = 0; h < H; h++) {
          count.channels[h] += sums[t * H + h];
          count.times[t] += sums[t * H + h];
        }
      }
    },
    activity: () =>
      [...counts.entries()].sort(([a], [b]) => a - b).map(([layer, count]) => activityOf(layer, count)),
  };
}

/** Rate over all neurons of all layers; 0 where nothing spikes. */
export function overallRate(layers: readonly LayerActivity[]): number {
  const neurons = layers.reduce((sum, { H }) => sum + H, 0);
  if (neurons === 0) return 0;
  return layers.reduce((sum, { rate, H }) => sum + rate * H, 0) / neurons;
}

export interface ZeroCounter {
  /** Counts the exact zeros among what one layer's neurons send. @param lengths  as `SpikeCounter.add` */
  add(event: Probe, lengths?: Int32Array): void;
  /** Their share of all so far, in [0, 1]; 0 where there is nothing. */
  share(): number;
}

/** Zeros among the outputs of neurons that send real numbers, of all layers. */
export function zeroCounter(): ZeroCounter {
  let [zeros, all] = [0, 0];
  return {
    add: ({ name, value }, lengths) => {
      if (name !== 'output') return;
      const [batch, L, H] = value.shape;
      const steps = lengths ? lengths.reduce((sum, length) => sum + length, 0) : batch * L;
      all += steps * H;
      zeros += steps * H - nonzeroOf(value, lengths);
    },
    share: () => (all === 0 ? 0 : zeros / all),
  };
}

/** How many of the numbers [batch, L, H] are not zero, the padding after each sequence's end left out. */
function nonzeroOf(value: tf.Tensor3D, lengths?: Int32Array): number {
  const [batch, L, H] = value.shape;
  let count = 0;
  const counted = runOnHost({ value }, ({ value: { values } }) => {
    for (let b = 0; b < batch; b++) {
      const end = (b * L + (lengths?.[b] ?? L)) * H;
      for (let i = b * L * H; i < end; i++) if (values[i] !== 0) count++;
    }
    return [];
  });
  if (counted) return count;
  const found = tf.tidy(() => tf.step(tf.abs(value)));
  count = sumOverExamples(found, lengths).reduce((sum, each) => sum + each, 0);
  found.dispose();
  return count;
}

/** Spikes [batch, L, H] added up over the examples, without the padding after each one's end: [L * H]. */
function sumOverExamples(value: tf.Tensor3D, lengths?: Int32Array): Float32Array {
  const [batch, L, H] = value.shape;
  const sums = tf.tidy(() => {
    const valid = lengths ? tf.mul(value, stepMask(batch, L, lengths)) : value;
    // As a matrix product: every backend is fast at it, and one example's numbers leave the device.
    return tf.matMul(tf.ones([1, batch]), tf.reshape(valid, [batch, L * H]) as tf.Tensor2D);
  });
  // Not read within tidy, which looks for tensors among all numbers of a result.
  const numbers = sums.dataSync<'float32'>().slice();
  sums.dispose();
  return numbers;
}

/** 1 for each step of a sequence, 0 for the padding after its end: [batch, L, 1]. */
function stepMask(batch: number, L: number, lengths: Int32Array): tf.Tensor3D {
  const mask = new Float32Array(batch * L);
  lengths.forEach((length, b) => {
    mask.fill(1, b * L, b * L + length);
  });
  return tf.tensor3d(mask, [batch, L, 1]);
}

function activityOf(layer: number, { channels, times, reached }: Count): LayerActivity {
  const H = channels.length;
  const steps = reached.reduce((sum, count) => sum + count, 0);
  const channelRates = channels.map((count) => count / steps);
  // A step that is all padding has no rate; it ends the list.
  const sequences = Float64Array.from(reached).filter((count) => count > 0);
  return {
    layer,
    H,
    rate: channelRates.reduce((sum, rate) => sum + rate, 0) / H,
    channelRates,
    timeRates: sequences.map((count, t) => times[t] / (count * H)),
    sequences,
    silent: channels.filter((count) => count === 0).length,
    saturated: channels.filter((count) => count === steps).length,
  };
}
