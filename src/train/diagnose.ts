import * as tf from '@tensorflow/tfjs';
import type { Model } from '../layers/model.js';
import type { Batch } from '../tasks/task.js';

/** Index of the first NaN or infinite element, -1 where all are finite. */
export function findNotFinite(tensor: tf.Tensor): number {
  return tensor.dataSync().findIndex((value) => !Number.isFinite(value));
}

/**
 * Says where numbers stopped being finite, in a batch that is itself finite: a parameter or buffer, a layer's signal,
 * a gradient; the first of each in the order of the model.
 * @returns  e.g. `first non-finite parameter: encoder.weight; first non-finite signal: current of layer 0`
 */
export function diagnose(
  model: Model,
  batch?: Batch,
  gradients: Readonly<Record<string, tf.Tensor>> = {},
): string {
  const found = [
    ['parameter', firstOf(model.parameters)],
    ['buffer', firstOf(model.buffers)],
    ['signal', batch && firstSignal(model, batch)],
    ['gradient', firstOf(gradients)],
  ].filter(([, name]) => name !== undefined);
  if (found.length === 0) return 'every parameter, signal and gradient is finite';
  return found.map(([kind, name]) => `first non-finite ${kind}: ${name}`).join('; ');
}

function firstOf(tensors: Readonly<Record<string, tf.Tensor>>): string | undefined {
  return Object.keys(tensors).find((name) => findNotFinite(tensors[name]) >= 0);
}

/** In evaluation mode, so that looking changes no running statistics and draws no dropout mask. */
function firstSignal(model: Model, batch: Batch): string | undefined {
  let first: string | undefined;
  tf.tidy(() => {
    model.apply(batch.x, {
      lengths: batch.lengths,
      probe: ({ layer, name, value }) => {
        if (first === undefined && findNotFinite(value) >= 0) first = `${name} of layer ${layer}`;
      },
    });
  });
  return first;
}
