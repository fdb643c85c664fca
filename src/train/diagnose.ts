import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';

/** One tensor's numbers in short. */
export interface Extent {
  /** What it is: a parameter's name, `current of layer 0`, `logits` (`input of the head` where it makes no logits for a loss). */
  name: string;
  kind: 'parameter' | 'buffer' | 'signal' | 'gradient';
  /** Largest absolute value among the finite ones; 0 where there is none. */
  largest: number;
  /** How many are NaN or infinite. */
  notFinite: number;
}

export interface DiagnoseOptions {
  gradients?: Readonly<Record<string, tf.Tensor>>;
  /** Looks in training mode, with the dropout masks of this source. Default evaluation mode. */
  random?: Random;
}

/**
 * Says where numbers stopped being finite, in a batch that is itself finite: a parameter or buffer, a layer's signal,
 * a gradient; the first of each in the order of the model.
 * @returns  e.g. `first non-finite parameter: encoder.weight; first non-finite signal: current of layer 0`
 */
export function diagnose(model: Model, batch?: Batch, options: DiagnoseOptions = {}): string {
  const found = firstOfEachKind(extents(model, batch, options));
  if (found.length === 0) return 'every parameter, signal and gradient is finite';
  return found.map(({ kind, name }) => `first non-finite ${kind}: ${name}`).join('; ');
}

/**
 * The size of every number in a model: parameters, buffers, each layer's signals for the batch, logits, gradients, in
 * the order in which they are computed. Looking changes nothing: running statistics are put back.
 */
export function extents(model: Model, batch?: Batch, options: DiagnoseOptions = {}): Extent[] {
  const { gradients = {}, random } = options;
  return [
    ...of('parameter', model.parameters),
    ...of('buffer', model.buffers),
    ...(batch ? signals(model, batch, random) : []),
    ...of('gradient', gradients),
  ];
}

function firstOfEachKind(all: readonly Extent[]): Extent[] {
  const bad = all.filter(({ notFinite }) => notFinite > 0);
  return bad.filter(({ kind }, i) => bad.findIndex((one) => one.kind === kind) === i);
}

function of(kind: Extent['kind'], tensors: Readonly<Record<string, tf.Tensor>>): Extent[] {
  return Object.entries(tensors).map(([name, tensor]) => extentOf(kind, name, tensor));
}

function extentOf(kind: Extent['kind'], name: string, tensor: tf.Tensor): Extent {
  let [largest, notFinite] = [0, 0];
  for (const value of tensor.dataSync()) {
    if (!Number.isFinite(value)) notFinite++;
    else if (Math.abs(value) > largest) largest = Math.abs(value);
  }
  return { kind, name, largest, notFinite };
}

function signals(model: Model, batch: Batch, random?: Random): Extent[] {
  const found: Extent[] = [];
  const before = Object.entries(model.buffers).map(([name, value]) => ({ name, value: value.clone() }));
  try {
    tf.tidy(() => {
      const hidden = model.lossHead !== undefined;
      const last = model.apply(batch.x, {
        hidden,
        lengths: batch.lengths,
        training: random !== undefined,
        random,
        probe: ({ layer, name, value }) => {
          found.push(extentOf('signal', `${name} of layer ${layer}`, value));
        },
      });
      found.push(extentOf('signal', hidden ? 'input of the head' : 'logits', last));
    });
  } finally {
    for (const { name, value } of before) {
      if (random) model.buffers[name].assign(value);
      value.dispose();
    }
  }
  return found;
}
