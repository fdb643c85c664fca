import * as tf from '@tensorflow/tfjs';
import type { Model } from '../layers/model.js';
import { checkValues } from '../ops/check.js';
import { type Random, randomFromState } from '../random.js';
import type { Batch } from '../tasks/task.js';
import { diagnose } from './diagnose.js';
import type { LossGradients } from './gradients.js';
import { accumulatedGradients } from './micro-batch.js';
import type { Optimizer } from './optimizer.js';
import type { RunOptions } from './options.js';

/** A step that gave numbers that are not finite; the model is as it was before it. */
export class NotFiniteError extends RangeError {
  override readonly name = 'NotFiniteError';
  constructor(
    message: string,
    /** Counted from 1. */
    readonly step: number,
    /** State of the source of dropout masks before the step. */
    readonly masks: readonly number[],
  ) {
    super(message);
  }
}

/** Options of a run that change a single step; the default is the whole batch, no clipping and no penalty. */
export type StepOptions = Partial<Pick<RunOptions, 'microBatch' | 'clip' | 'ratePenalty' | 'rateTarget'>>;

export type StepResult = Omit<LossGradients, 'gradients'> & { gradientNorm: number };

/**
 * One step of `train`: gradients of the batch, checks that all is finite, clipping, optimiser. The batch stays the
 * caller's.
 * @throws NotFiniteError  and nothing has changed then, running statistics included
 */
export function trainStep(
  model: Model,
  batch: Batch,
  optimizer: Optimizer,
  scale: number,
  masks: Random,
  step: number,
  { microBatch = Infinity, clip = false, ...loss }: StepOptions = {},
): StepResult {
  const before = masks.state();
  checkInput(batch, step, before);
  const buffers = Object.entries(model.buffers).map(([name, value]) => ({ name, value: value.clone() }));
  let gradients: Record<string, tf.Tensor> = {};
  try {
    const { gradients: found, ...result } = accumulatedGradients(model, batch, masks, microBatch, loss);
    gradients = found;
    const gradientNorm = normOf(gradients);
    if (!Number.isFinite(result.loss) || !Number.isFinite(gradientNorm)) {
      const what = Number.isFinite(result.loss) ? 'a gradient is not finite' : `loss is ${result.loss}`;
      const places = diagnose(model, batch, { gradients, random: randomFromState(before) });
      throw notFinite(`${what} at`, step, places, before);
    }
    if (clip !== false && gradientNorm > clip) gradients = scaled(gradients, clip / gradientNorm);
    optimizer.step(gradients, scale);
    return { ...result, gradientNorm };
  } catch (error) {
    for (const { name, value } of buffers) model.buffers[name].assign(value);
    throw error;
  } finally {
    tf.dispose([gradients, buffers.map(({ value }) => value)]);
  }
}

function checkInput({ x }: Batch, step: number, masks: readonly number[]): void {
  const axes = ['example', 'step', 'channel'].slice(0, x.rank);
  try {
    checkValues('train', `the input of step ${step}`, x, axes, 'finite numbers', Number.isFinite);
  } catch (error) {
    throw new NotFiniteError((error as Error).message, step, masks);
  }
}

export function notFinite(
  what: string,
  step: number,
  places: string,
  masks: readonly number[],
): NotFiniteError {
  const message = `train: ${what} step ${step}; ${places} (lower the learning rate, or look for extreme values in the data)`;
  return new NotFiniteError(message, step, masks);
}

/** Length of all gradients as one vector, in float64; not finite where one of their numbers is not. */
function normOf(gradients: Readonly<Record<string, tf.Tensor>>): number {
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    const values = gradient.dataSync();
    for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  }
  return Math.sqrt(sum);
}

/** Disposes what it was given. */
function scaled(gradients: Record<string, tf.Tensor>, factor: number): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => {
      const less = tf.mul(gradient, factor);
      gradient.dispose();
      return [name, less];
    }),
  );
}
