import type { Model } from '../layers/model.js';
import { withDefaults } from '../options.js';
import type { Dataset } from '../tasks/task.js';
import { validate } from '../train/validate.js';
import { type LayerActivity, overallRate, spikeCounter } from './sparsity.js';
import { watched } from './watched.js';

export interface ActivityOptions {
  /** Examples at a time. Default 100. */
  batch?: number;
  /** Stops between two batches by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** How a model spikes on a data set. Rates and shares in [0, 1]. */
export interface Activity {
  examples: number;
  /** Spikes per neuron and step, over all layers. */
  rate: number;
  /** Share of all neurons that never spiked, and of those that spiked at every step. */
  silent: number;
  saturated: number;
  layers: LayerActivity[];
}

/**
 * Spiking rate by layer, channel and time of a model on a whole data set, in evaluation mode; the padding after a
 * sequence's end does not count.
 * @throws RangeError  for an empty set
 * @throws TypeError   `activity: no layer of the model shows its spikes`
 */
export async function activity(
  model: Model,
  data: Dataset,
  options: ActivityOptions = {},
): Promise<Activity> {
  const { batch, signal } = withDefaults<ActivityOptions & { batch: number }>('activity', options, {
    batch: 100,
    signal: undefined,
  });
  const counter = spikeCounter();
  let lengths: Int32Array | undefined;
  const seen = watched(data, (next) => {
    lengths = next.lengths;
  });
  const probe = (event: Parameters<typeof counter.add>[0]): void => counter.add(event, lengths);
  const { examples } = await validate(model, seen, { batch, signal, probe });
  const layers = counter.activity();
  if (layers.length === 0) throw new TypeError('activity: no layer of the model shows its spikes');
  const neurons = layers.reduce((sum, { H }) => sum + H, 0);
  const share = (of: 'silent' | 'saturated'): number =>
    layers.reduce((sum, layer) => sum + layer[of], 0) / neurons;
  return {
    examples,
    rate: overallRate(layers),
    silent: share('silent'),
    saturated: share('saturated'),
    layers,
  };
}
