import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileStart, type ScalarEvent, scalarRecord } from '../files/event-file.js';
import { fileFault } from '../files/file-fault.js';
import { writeWhole } from '../files/write-whole.js';
import type { StoredRun } from './read-run.js';
import type { EpochRecord, StepEvent, StepRecord } from './run.js';

/** What TensorBoard knows an event file by. */
const MARK = 'tfevents';

/**
 * An `onStep` hook that writes a run's curves where TensorBoard looks, while it runs: `tensorboard --logdir runs`. Loss and
 * accuracy (in [0, 1]) of training and validation, R² where numbers are learnt, spiking rate, learning rate, length of the gradient, each by step.
 * A run that goes on gets a second file, which says from which step on the first is void, as TensorBoard expects it.
 * @param folder  made where it is missing; the run's own will do
 * @example
 *   const [show, log] = [progress(), tensorboard('runs/mine')];
 *   await train(model, task, { folder: 'runs/mine', onStep: async (event) => { log(event); await show(event); } });
 */
export function tensorboard(folder: string): (event: StepEvent) => void {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError(`tensorboard: the folder must be a path, got ${JSON.stringify(folder)}`);
  }
  let file: string | undefined;
  let [step, evaluated] = [0, 0];
  return (event) => {
    const wallTime = Date.now() / 1000;
    const records: Uint8Array[] = [];
    try {
      if (file === undefined) {
        file = newFile(folder, Math.floor(wallTime));
        records.push(fileStart(wallTime, event.step));
        // An evaluation right before it may have been made when the run went on.
        [step, evaluated] = [event.step - 1, event.step - 2];
      }
      const { evaluation } = event;
      const fresh = evaluation !== null && evaluation.step > evaluated ? evaluation : undefined;
      if (fresh && fresh.step < event.step) records.push(scalarRecord(evaluationEvent(fresh, wallTime)));
      // The event of an end that was not planned repeats the last step.
      if (event.step > step) records.push(scalarRecord(stepEvent(event, wallTime)));
      if (fresh && fresh.step === event.step) records.push(scalarRecord(evaluationEvent(fresh, wallTime)));
      [step, evaluated] = [event.step, fresh?.step ?? evaluated];
      if (records.length > 0) appendFileSync(file, Buffer.concat(records));
    } catch (error) {
      throw fileFault(file ?? folder, error);
    }
    if (event.end) file = undefined;
  };
}

/**
 * Writes the curves of a run that was kept as one event file into its folder, or another. Doing it again replaces the file.
 * @returns  the file's path
 * @throws RangeError  for a run without a step, or a folder with event files of another origin
 * @example writeTensorboard(readRun('runs/smnist-small-seed1'))
 */
export function writeTensorboard(run: StoredRun, folder: string = run.folder): string {
  if (run.steps.length === 0) throw new RangeError(`tensorboard: ${run.folder} holds no step yet`);
  const begun = Date.parse(run.config.sessions[0]?.date ?? '') / 1000 || 0;
  const name = `events.out.${MARK}.${seconds(begun)}.run`;
  const others = eventFiles(folder).filter((other) => other !== name);
  if (others.length > 0) {
    throw new RangeError(
      `tensorboard: ${folder} holds ${others[0]} already, and TensorBoard would draw both (remove it, or take another folder)`,
    );
  }
  const path = join(folder, name);
  writeWhole(path, [fileStart(begun, run.steps[0].step), ...storedEvents(run, begun).map(scalarRecord)]);
  return path;
}

function storedEvents({ steps, epochs }: StoredRun, begun: number): ScalarEvent[] {
  let wallTime = begun;
  const byStep = new Map(epochs.map((record) => [record.step, record]));
  return steps.flatMap((record) => {
    wallTime += record.milliseconds / 1000;
    const evaluation = byStep.get(record.step);
    return [stepEvent(record, wallTime), ...(evaluation ? [evaluationEvent(evaluation, wallTime)] : [])];
  });
}

function stepEvent(record: StepRecord, wallTime: number): ScalarEvent {
  const { step, loss, accuracy, rate, learningRate, gradientNorm } = record;
  return {
    wallTime,
    step,
    scalars: known({
      'loss/train': loss,
      'accuracy/train': accuracy,
      'spiking rate': rate,
      'learning rate': learningRate,
      'gradient norm': gradientNorm,
    }),
  };
}

function evaluationEvent(record: EpochRecord, wallTime: number): ScalarEvent {
  const { step, validationLoss, validationAccuracy, validationR2 = null } = record;
  return {
    wallTime,
    step,
    scalars: known({
      'loss/validation': validationLoss,
      'accuracy/validation': validationAccuracy,
      'R2/validation': validationR2,
    }),
  };
}

function known(scalars: Record<string, number | null>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scalars).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}

/** Makes an empty file of a name that no run has, and that sorts behind those before it. */
function newFile(folder: string, now: number): string {
  mkdirSync(folder, { recursive: true });
  for (let n = 0; ; n++) {
    const path = join(folder, `events.out.${MARK}.${seconds(now)}.${hostname()}.${n}`);
    try {
      closeSync(openSync(path, 'wx'));
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function eventFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.includes(MARK));
  } catch {
    // It is made when the file is written.
    return [];
  }
}

/** As TensorBoard's own writers have it: names sort by time. */
function seconds(time: number): string {
  return String(Math.floor(time)).padStart(10, '0');
}
