import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFileFault } from '../files/file-fault.js';
import type { Model } from '../layers/model.js';
import type { Task } from '../tasks/task.js';
import { endlessBatches } from './batches.js';
import { identifyData } from './identify-data.js';
import { type RunHandling, type RunOptions, runOptions, type TrainOptions } from './options.js';
import { readRun } from './read-run.js';
import type { Run, StepEvent } from './run.js';
import { type RunConfig, runConfig } from './run-config.js';
import { asBegun, claimFolder, RUN_FILES } from './run-folder.js';
import { Session } from './session.js';
import { noteTrainedOn } from './trained-on.js';

/**
 * Trains a model on a task: cross-entropy, AdamW with the model's parameter groups, cosine schedule with linear
 * warm-up by step, examples shuffled anew each epoch. Changes the model in place.
 * With a `folder` the run is kept there and may be killed at any moment: with `resume` it goes on from its last
 * checkpoint and ends with the very numbers it would have ended with.
 * The model ends with the weights of the best evaluation (highest accuracy, then lowest loss), which `loadRun` gives as well, or
 * with `keep: 'last'` those of the last step; `Run.modelStep` says which step's they are. Hooks see those of their step.
 * The run is tied to its data: all values, labels and splits are gone through before the first step, and others are refused
 * when it goes on.
 * A folder is one run's: a second one, of whatever process, is refused as long as the first is at it.
 * Aborting is no error: the run so far is returned with `aborted: true`, and the model stays usable. A script that is to
 * save when the system tells it to end passes a signal.
 * @throws TypeError, RangeError  for bad options, before anything is changed; Error where another run is at the folder
 * @example
 *   const stop = new AbortController();
 *   for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());
 *   await train(model, task, { folder: 'runs/mine', resume: true, signal: stop.signal });
 * @throws RangeError  `train: the input of step 3 must hold finite numbers, got NaN at example 2, step 17, channel 0`
 * @throws RangeError  `train: loss is NaN at step 12; first non-finite gradient: NAME (lower …)`, before the step
 *   that would have spoilt the parameters; with a folder the batch and the state before the step are saved (`replay`)
 */
export async function train(model: Model, task: Task, options: TrainOptions = {}): Promise<Run> {
  const { settings, handling } = runOptions(task, asBegun(options));
  const config = runConfig(model, task, settings);
  const { folder, resume = false } = handling;
  let release: (() => void) | undefined;
  try {
    if (folder !== undefined) release = claimFolder(folder, config, resume);
    return await trainOn(model, task, settings, handling, config);
  } catch (error) {
    throw isFileFault(error) ? resumable(error) : error;
  } finally {
    release?.();
  }
}

/** What the disk refused is no loss: the last checkpoint is whole. */
function resumable(error: Error): Error {
  const remedy = 'then go on with resume: true, on the command line --resume';
  return new Error(`train: ${error.message}; ${remedy}`, { cause: error });
}

/** `train` in a folder that is its own. */
async function trainOn(
  model: Model,
  task: Task,
  settings: RunOptions,
  handling: RunHandling,
  config: RunConfig,
): Promise<Run> {
  const { onStep, signal = cellSignal() } = handling;
  if (handling.folder !== undefined) {
    try {
      config.data = await identifyData(task, config, handling.folder, handling.resume ?? false, signal);
    } catch (error) {
      if (!signal?.aborted || error !== signal.reason) throw error;
      return abortedRun(settings, handling.folder);
    }
  }
  const session = new Session(model, task, settings, handling, config);
  noteTrainedOn(model, task);
  const { run } = session;
  const report = async (how: StepEvent['end']): Promise<void> => {
    for (const event of session.events(how)) await onStep?.(event);
  };
  let end: StepEvent['end'] = null;
  try {
    end = await untilItEnds(session, task, settings, signal, () => report(null));
    session.read();
    end ??= 'aborted';
    session.save(end);
  } catch (error) {
    // What goes wrong here is no news beside the error.
    await Promise.allSettled([session.fail(), report('failed')]);
    session.dispose();
    throw error;
  }
  session.dispose();
  run.aborted = end === 'aborted';
  run.stopped = end === 'stopped';
  run.seconds = session.seconds;
  await report(end);
  session.leave();
  return run;
}

/** A run that was aborted before it began or went on. */
function abortedRun(options: RunOptions, folder: string): Run {
  const none = { steps: [], epochs: [], seconds: 0, modelStep: 0 };
  const { steps, epochs, seconds, modelStep } = existsSync(join(folder, RUN_FILES.config))
    ? readRun(folder)
    : none;
  return { options, steps, epochs, seconds, aborted: true, stopped: false, modelStep };
}

/** Takes steps. @returns how the run ended, null where the signal ended it */
async function untilItEnds(
  session: Session,
  task: Task,
  { batch: size }: RunOptions,
  signal: AbortSignal | undefined,
  report: () => Promise<void>,
): Promise<StepEvent['end']> {
  try {
    const known = await session.settle(signal);
    if (known !== null) return known;
    for await (const { batch, position } of endlessBatches(task.train, size, session.position, signal)) {
      session.step(batch, position);
      await nextTurn();
      const end = await session.settle(signal);
      if (end !== null) return end;
      await report();
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
  return null;
}

/** In a notebook, the signal of the running cell: Stop ends the run after its step. */
function cellSignal(): AbortSignal | undefined {
  return (Reflect.get(globalThis, Symbol.for('Jupyter.signal')) as (() => AbortSignal) | undefined)?.();
}
