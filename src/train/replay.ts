import type { Model } from '../layers/model.js';
import { checkKeys } from '../options.js';
import { randomFromState } from '../random.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { loadCheckpoint } from './checkpoint.js';
import { diagnose, type Extent, extents } from './diagnose.js';
import { type LossOptions, lossGradients } from './gradients.js';

/** What a failed step did, done again. Plain data. */
export interface Replay {
  /** Counted from 1: the step that failed, or the one after which an evaluation did. */
  step: number;
  /** What `train` said. */
  message: string;
  /** Cross-entropy of the kept batch, in nats; null where none was kept. */
  loss: number | null;
  /** Where numbers are not finite now, in words. */
  places: string;
  /** Every parameter, buffer, signal and gradient in short, in the order in which they are computed. */
  extents: Extent[];
}

/**
 * Does the step again that a run failed on: loads the model as it was before that step, and computes loss, signals and
 * gradients of the same batch with the same dropout masks. The whole batch at once, whatever `microBatch` was.
 * @param file     `failure.safetensors` of the run's folder
 * @param model    built with the run's options (`readRun(folder).config.model`); its parameters are replaced
 * @param options  rate penalty, as the run had it
 * @throws RangeError  for a file that is no kept failure, or does not fit the model
 * @example
 *   const { places, extents } = replay('runs/mine/failure.safetensors', spikingSSM(recipe));
 */
export function replay(file: string, model: Model, options: LossOptions = {}): Replay {
  checkKeys('replay', options, ['ratePenalty', 'rateTarget']);
  const { metadata, random, batch: kept } = loadCheckpoint(file, model);
  if (metadata.message === undefined || metadata.run === undefined || !random) {
    throw new RangeError(`replay: ${file} holds no failed step (train writes failure.safetensors for one)`);
  }
  const { message } = metadata;
  const { step: done } = JSON.parse(metadata.run) as { step: number };
  const masks = () => randomFromState(random.masks);
  const [x, y, lengths] = ['x', 'y', 'lengths'].map((name) => kept.get(name));
  if (!x || !y) return { step: done, message, loss: null, places: diagnose(model), extents: extents(model) };
  const batch: Batch = {
    x: tf.tensor(x.data as Float32Array, [...x.shape], x.dtype === 'I32' ? 'int32' : 'float32'),
    y: tf.tensor(y.data as Int32Array, [...y.shape], y.dtype === 'I32' ? 'int32' : 'float32'),
    lengths: lengths?.data as Int32Array | undefined,
  };
  const before = Object.entries(model.buffers).map(([name, value]) => ({ name, value: value.clone() }));
  const { loss, gradients } = lossGradients(model, batch, masks(), options);
  for (const { name, value } of before) model.buffers[name].assign(value);
  const look = { gradients, random: masks() };
  const found = extents(model, batch, look);
  const places = diagnose(model, batch, { gradients, random: masks() });
  tf.dispose([batch.x, batch.y, gradients, before.map(({ value }) => value)]);
  return { step: done + 1, message, loss, places, extents: found };
}
