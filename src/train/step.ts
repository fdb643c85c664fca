import type { Model } from '../layers/model.js';
import { checkValues } from '../ops/check.js';
import { readsWait } from '../ops/operation.js';
import { type Random, randomFromState } from '../random.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { keepBuffers } from './buffers.js';
import { normOf, scaled } from './clip.js';
import { holdsPairs } from './cross-entropy.js';
import { diagnose } from './diagnose.js';
import type { Figures, LossGradients, LossOptions } from './gradients.js';
import { accumulatedGradients } from './micro-batch.js';
import type { Optimizer } from './optimizer.js';
import type { RunOptions } from './options.js';
import { readUnread, type UnreadStep, unreadStep } from './unread-step.js';

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
export type StepOptions = LossOptions & Partial<Pick<RunOptions, 'microBatch' | 'clip'>>;

export type StepResult = Omit<LossGradients, 'gradients'> & { gradientNorm: number };

/** A step that was taken. What it gave may still be on a device: `readSteps` tells it, and frees what is held for it. */
export interface TakenStep {
  step: number;
  batch: Batch;
  options: StepOptions;
  /** State of the source of dropout masks before it. */
  masks: readonly number[];
  given: StepResult | UnreadStep;
}

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
  options: StepOptions = {},
): StepResult {
  const taken = takeStep(model, batch, optimizer, scale, masks, step, options);
  const { results, failure } = readSteps(model, optimizer, [taken]);
  if (failure) throw failure;
  return results[0];
}

/**
 * `trainStep`, which does not wait for its numbers where they are on a device. A step that gives numbers that are not
 * finite changes no parameter there, and neither do those that follow it until they are read.
 * @param after  the step before, if it was not read yet
 * @throws NotFiniteError  as `trainStep`, where numbers are known at once
 */
export function takeStep(
  model: Model,
  batch: Batch,
  optimizer: Optimizer,
  scale: number,
  masks: Random,
  step: number,
  options: StepOptions = {},
  after?: TakenStep,
): TakenStep {
  const before = masks.state();
  checkInput(batch, step, before);
  const taken = { step, batch, options, masks: before };
  if (!readsWait()) return { ...taken, given: knownStep(model, taken, optimizer, scale, masks) };
  const earlier = after && isUnread(after.given) ? after.given : undefined;
  return { ...taken, given: unreadStep(model, batch, optimizer, scale, masks, options, earlier) };
}

/**
 * What steps gave, in one read for all of them. Each step is to be read once.
 * @returns  results up to the first step with numbers that are not finite. If there is one, model and optimiser are as
 *           before it afterwards
 */
export function readSteps(
  model: Model,
  optimizer: Optimizer,
  taken: readonly TakenStep[],
): { results: StepResult[]; failure?: NotFiniteError } {
  const unread = taken.flatMap(({ given }) => (isUnread(given) ? given : []));
  const numbers = readUnread(unread);
  const all = taken.map(({ given }) => (isUnread(given) ? numbers[unread.indexOf(given)] : given));
  const bad = all.findIndex(
    ({ loss, gradientNorm }) => !Number.isFinite(loss) || !Number.isFinite(gradientNorm),
  );
  try {
    if (bad === -1) return { results: all };
    const state = optimizer.state();
    optimizer.restore({ ...state, step: state.step - (all.length - bad) });
    const first = taken[bad];
    if (isUnread(first.given)) first.given.buffers.restore();
    return { results: all.slice(0, bad), failure: failureOf(model, first, all[bad]) };
  } finally {
    for (const { figures, good, buffers } of unread) {
      tf.dispose([figures, good]);
      buffers.dispose();
    }
  }
}

function isUnread(given: StepResult | UnreadStep): given is UnreadStep {
  return 'figures' in given;
}

/** Looks at every number before the optimiser sees it. */
function knownStep(
  model: Model,
  taken: Omit<TakenStep, 'given'>,
  optimizer: Optimizer,
  scale: number,
  masks: Random,
): StepResult {
  const { batch, options } = taken;
  const { microBatch = Infinity, clip = false, ...loss } = options;
  const buffers = keepBuffers(model);
  let gradients: Record<string, tf.Tensor> = {};
  try {
    const { gradients: found, ...result } = accumulatedGradients(model, batch, masks, microBatch, loss);
    gradients = found;
    const gradientNorm = normOf(gradients);
    if (!Number.isFinite(result.loss) || !Number.isFinite(gradientNorm)) {
      throw failureAt(model, taken, result, gradients);
    }
    if (clip !== false && gradientNorm > clip) gradients = scaled(gradients, clip / gradientNorm);
    optimizer.step(gradients, scale);
    return { ...result, gradientNorm };
  } catch (error) {
    buffers.restore();
    throw error;
  } finally {
    tf.dispose(gradients);
    buffers.dispose();
  }
}

/** Does the step again to see where its numbers stop being finite. The model is as before it, and stays so. */
function failureOf(model: Model, taken: TakenStep, figures: Figures): NotFiniteError {
  const { microBatch = Infinity, clip: _, ...loss } = taken.options;
  const buffers = keepBuffers(model);
  const random = randomFromState(taken.masks);
  const { gradients } = accumulatedGradients(model, taken.batch, random, microBatch, loss);
  buffers.restore();
  try {
    return failureAt(model, taken, figures, gradients);
  } finally {
    tf.dispose(gradients);
    buffers.dispose();
  }
}

function failureAt(
  model: Model,
  { batch, step, masks }: Omit<TakenStep, 'given'>,
  { loss }: Figures,
  gradients: Record<string, tf.Tensor>,
): NotFiniteError {
  const what = Number.isFinite(loss) ? 'a gradient is not finite' : `loss is ${loss}`;
  const places = diagnose(model, batch, { gradients, random: randomFromState(masks) });
  return notFinite(`${what} at`, step, places, masks);
}

function checkInput(batch: Batch, step: number, masks: readonly number[]): void {
  const { x } = batch;
  const axes = ['example', ...(holdsPairs(batch) ? ['sequence'] : []), 'step', 'channel'].slice(0, x.rank);
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
