import { setImmediate as nextTurn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Model } from '../layers/model.js';
import { checkValues } from '../ops/check.js';
import { type Random, random } from '../random.js';
import { type Batch, type Dataset, disposeBatch, type Task } from '../tasks/task.js';
import { diagnose, findNotFinite } from './diagnose.js';
import { type LossGradients, lossGradients } from './gradients.js';
import { adamW, type Optimizer } from './optimizer.js';
import { type EpochRecord, type Run, runOptions, type StepEvent, type TrainOptions } from './run.js';
import { cosine } from './schedule.js';
import { validate } from './validate.js';

/**
 * Trains a model on a task: cross-entropy, AdamW with the model's parameter groups, cosine schedule with linear
 * warm-up by step, examples shuffled anew each epoch. Changes the model in place.
 * Aborting is no error: the run so far is returned with `aborted: true`, and the model stays usable.
 * @throws TypeError, RangeError  for bad options, before anything is changed
 * @throws RangeError  `train: the input of step 3 must hold finite numbers, got NaN at example 2, step 17, channel 0`
 * @throws RangeError  `train: loss is NaN at step 12; first non-finite gradient: NAME (lower …)`, before the step
 *   that would have spoilt the parameters
 */
export async function train(model: Model, task: Task, options: TrainOptions = {}): Promise<Run> {
  const { onStep, signal = cellSignal(), ...settings } = runOptions(task, options);
  const { batch: batchSize, steps, epochs, evaluate, learningRate, weightDecay } = settings;
  const optimizer = adamW(model, { learningRate, weightDecay });
  const scale = cosine({ steps, warmup: settings.warmup });
  const source = random(settings.seed);
  const [order, masks] = [source.fork(), source.fork()];
  const every = typeof evaluate === 'number' ? evaluate : Math.ceil(task.train.size / batchSize);
  const validation = evaluate === false ? undefined : task.validation.take(settings.validationExamples);

  const run: Run = { options: settings, steps: [], epochs: [], seconds: 0, aborted: false };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const report = async (end: StepEvent['end']) => {
    const last = run.steps.at(-1);
    if (last) await onStep?.({ ...last, steps, epochs, evaluation: run.epochs.at(-1) ?? null, end });
  };
  let tally = { loss: 0, correct: 0, examples: 0 };
  const record = async (step: number, epoch: number): Promise<EpochRecord> => {
    const measured = validation && (await validate(model, validation, { batch: batchSize, signal }));
    if (measured && !Number.isFinite(measured.loss)) {
      throw notFinite(`validation loss is ${measured.loss} after`, step, diagnose(model));
    }
    const { loss, correct, examples } = tally;
    tally = { loss: 0, correct: 0, examples: 0 };
    return {
      epoch,
      step,
      trainLoss: loss / examples,
      trainAccuracy: correct / examples,
      validationLoss: measured?.loss ?? null,
      validationAccuracy: measured?.accuracy ?? null,
      seconds: seconds(),
    };
  };

  let finished = false;
  try {
    for (const { batch, epoch } of endlessBatches(task.train, batchSize, order, signal)) {
      const begun = performance.now();
      const step = run.steps.length + 1;
      const { loss, correct, examples } = trainStep(model, batch, optimizer, scale(step - 1), masks, step);
      tally.loss += loss * examples;
      tally.correct += correct;
      tally.examples += examples;
      run.steps.push({
        step,
        epoch,
        loss,
        accuracy: correct / examples,
        learningRate: learningRate * scale(step - 1),
        milliseconds: performance.now() - begun,
      });
      await nextTurn();
      if (step === steps || step % every === 0) run.epochs.push(await record(step, epoch));
      finished = step === steps;
      await report(finished ? 'done' : null);
      if (finished) break;
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) {
      await report('failed');
      throw error;
    }
  }
  run.aborted = !finished;
  if (run.aborted) await report('aborted');
  run.seconds = seconds();
  return run;
}

/** In a notebook, the signal of the running cell: Stop ends the run after its step. */
function cellSignal(): AbortSignal | undefined {
  return (Reflect.get(globalThis, Symbol.for('Jupyter.signal')) as (() => AbortSignal) | undefined)?.();
}

/** One step of `train`: gradients of the batch, checks that all is finite, optimiser. Disposes the batch. */
export function trainStep(
  model: Model,
  batch: Batch,
  optimizer: Optimizer,
  scale: number,
  masks: Random,
  step: number,
): Omit<LossGradients, 'gradients'> {
  try {
    const axes = ['example', 'step', 'channel'].slice(0, batch.x.rank);
    checkValues('train', `the input of step ${step}`, batch.x, axes, 'finite numbers', Number.isFinite);
    const { gradients, ...result } = lossGradients(model, batch, masks);
    try {
      if (!Number.isFinite(result.loss)) {
        throw notFinite(`loss is ${result.loss} at`, step, diagnose(model, batch, gradients));
      }
      if (Object.values(gradients).some((gradient) => findNotFinite(gradient) >= 0)) {
        throw notFinite('a gradient is not finite at', step, diagnose(model, batch, gradients));
      }
      optimizer.step(gradients, scale);
    } finally {
      tf.dispose(gradients);
    }
    return result;
  } finally {
    disposeBatch(batch);
  }
}

function notFinite(what: string, step: number, places: string): RangeError {
  return new RangeError(
    `train: ${what} step ${step}; ${places} (lower the learning rate, or look for extreme values in the data)`,
  );
}

/** Epoch after epoch until the consumer stops or the signal aborts. */
function* endlessBatches(dataset: Dataset, batch: number, random: Random, signal?: AbortSignal) {
  for (let epoch = 1; !signal?.aborted; epoch++) {
    let empty = true;
    for (const one of dataset.batches({ batch, random })) {
      empty = false;
      yield { epoch, batch: one };
      if (signal?.aborted) return;
    }
    if (empty) throw new RangeError('train: the training set gave no batch');
  }
}
