import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault } from '../files/file-fault.js';
import { lockFile } from '../files/lock.js';
import { writeWhole } from '../files/write-whole.js';
import type { Model } from '../layers/model.js';
import type { Batch } from '../tasks/task.js';
import type { DataPosition } from './batches.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { metricsWriter, type RunEnd, readMetrics } from './metrics.js';
import type { OptimizerState } from './optimizer.js';
import type { TrainOptions } from './options.js';
import type { EpochRecord, Run } from './run.js';
import { differences, OLDER_OPTIONS, RUN_FORMAT, type RunConfig, withSession } from './run-config.js';

/** All that a run needs to go on exactly, beside the model and the records. */
export interface RunState {
  step: number;
  /** Evaluations done. */
  evaluations: number;
  position: DataPosition;
  /** Sums over the training examples since the last evaluation. */
  tally: { loss: number; correct: number; examples: number };
  /** Time the run was running. */
  seconds: number;
  optimizer: OptimizerState;
  /** State of the source of the dropout masks. */
  masks: readonly number[];
}

/** A run's files. Every one of them is written whole or not at all. */
export interface RunFolder {
  /** Loads the last checkpoint into the model; undefined where the run has none yet. */
  restore(model: Model): { state: RunState; records: Pick<Run, 'steps' | 'epochs'> } | undefined;
  /** Notes in `config.json` that the run begins or goes on after `step`. */
  begin(step: number): void;
  save(model: Model, state: RunState, records: Pick<Run, 'steps' | 'epochs'>, end?: RunEnd): void;
  /** Without a checkpoint. */
  saveRecords(records: Pick<Run, 'steps' | 'epochs'>, end: RunEnd): void;
  saveBest(model: Model, evaluation: EpochRecord): void;
  restoreBest(model: Model): void;
  saveFailure(model: Model, state: RunState, message: string, batch?: Batch): string;
}

/** Names of the files in a run's folder. */
export const RUN_FILES = {
  config: 'config.json',
  metrics: 'metrics.jsonl',
  last: 'last.safetensors',
  best: 'best.safetensors',
  failure: 'failure.safetensors',
  lock: 'run.lock',
} as const;

/** The checkpoint of the model that a run leaves: of its best evaluation, or the last (`keep`, or it never evaluated). */
export function trainedCheckpoint(folder: string): string {
  const best = join(folder, RUN_FILES.best);
  const { keep } = readConfig(join(folder, RUN_FILES.config)).training;
  return keep !== 'last' && existsSync(best) ? best : join(folder, RUN_FILES.last);
}

/** The options of a run that goes on: what an older version did not know of is done as it was begun, unless it is given. */
export function asBegun(options: TrainOptions): TrainOptions {
  const { folder, resume } = options;
  const path = folder === undefined ? undefined : join(folder, RUN_FILES.config);
  if (!resume || path === undefined || !existsSync(path)) return options;
  const { training } = readConfig(path);
  const older = Object.entries(OLDER_OPTIONS).filter(([name]) => !Object.hasOwn(training, name));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...older, ...given]);
}

/**
 * What a folder knows of its run; undefined where it holds none yet.
 * @throws RangeError  `train: FOLDER holds a run (…)`, unless it is to go on, and it is the same run as far as both are known
 */
export function checkFolder(folder: string, config: RunConfig, resume: boolean): RunConfig | undefined {
  const path = join(folder, RUN_FILES.config);
  const known = existsSync(path) ? readConfig(path) : undefined;
  if (known && !resume) {
    throw new RangeError(
      `train: ${folder} holds a run already (go on with it by resume: true, on the command line --resume, or take another folder)`,
    );
  }
  const different = known ? differences(config, known) : [];
  if (different.length > 0) {
    throw new RangeError(
      `train: ${folder} holds another run: ${different.join('; ')} (go on with the options and data it was begun with, ` +
        `or take another folder${different.some(isLength) ? LONGER : ''})`,
    );
  }
  return known;
}

/**
 * Takes a folder for one run: no other one, of this process or another, may write there until it is released.
 * @returns  releases it
 * @throws as `checkFolder`; Error  where another run is at it
 */
export function claimFolder(folder: string, config: RunConfig, resume: boolean): () => void {
  // Nothing is made for a run that is refused.
  checkFolder(folder, config, resume);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileFault(folder, error);
  }
  const release = lockFile(`train: ${folder}`, join(folder, RUN_FILES.lock), ', or take another folder');
  return () => {
    release();
    try {
      rmdirSync(folder);
    } catch {
      // It holds a run.
    }
  };
}

/** Why a run is not made longer. */
const LONGER =
  '; a run keeps its length, by which its learning rate falls: for a longer one begin anew, or train what loadRun gives in another folder';

function isLength(difference: string): boolean {
  return /^training\.(steps|epochs) /.test(difference);
}

/** The folder of a run that begins or goes on. @throws as `checkFolder` */
export function runFolder(folder: string, config: RunConfig, resume: boolean): RunFolder {
  const path = (name: keyof typeof RUN_FILES): string => join(folder, RUN_FILES[name]);
  const known = checkFolder(folder, config, resume);
  removeLeftovers(folder);
  const writeMetrics = metricsWriter(path('metrics'));
  return {
    restore: (model) =>
      existsSync(path('last')) ? restore(model, path('last'), path('metrics')) : undefined,
    begin: (step) => {
      const text = JSON.stringify(withSession(known ?? config, config, step), undefined, 2);
      writeWhole(path('config'), [`${text}\n`]);
    },
    save: (model, state, records, end) => {
      // Records first: a checkpoint never knows more steps than they do.
      writeMetrics(records, end);
      saveState(path('last'), model, state);
    },
    saveRecords: writeMetrics,
    saveBest: (model, evaluation) =>
      saveCheckpoint(path('best'), model, { metadata: { evaluation: JSON.stringify(evaluation) } }),
    restoreBest: (model) => void loadCheckpoint(path('best'), model),
    saveFailure: (model, state, message, batch) => {
      saveState(path('failure'), model, state, { batch, metadata: { message } });
      return path('failure');
    },
  };
}

/** @throws RangeError  for a folder that holds no run */
export function readConfig(path: string): RunConfig {
  let config: RunConfig;
  try {
    config = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new RangeError(`readRun: cannot read ${path} (${(error as Error).message})`);
  }
  const format = config?.format ?? 1;
  if (format > RUN_FORMAT) {
    throw new RangeError(
      `readRun: ${path} was written by a newer version, in format ${format}; this one reads up to ${RUN_FORMAT} (update spikingssm)`,
    );
  }
  return config;
}

function saveState(
  path: string,
  model: Model,
  { optimizer, masks, position: { order, ...place }, ...rest }: RunState,
  extra: { batch?: Batch; metadata?: Record<string, string> } = {},
): void {
  saveCheckpoint(path, model, {
    optimizer,
    random: { order, masks },
    batch: extra.batch,
    metadata: { ...extra.metadata, run: JSON.stringify({ ...rest, position: place }) },
  });
}

function restore(model: Model, last: string, metrics: string): ReturnType<RunFolder['restore']> {
  const { optimizer, random, metadata } = loadCheckpoint(last, model);
  if (!optimizer || !random || !metadata.run) {
    throw new RangeError(`train: ${last} is no checkpoint of a run (it lacks the state of its training)`);
  }
  const { position, ...rest } = JSON.parse(metadata.run) as Omit<RunState, 'optimizer' | 'masks'>;
  const state = { ...rest, position: { ...position, order: random.order }, optimizer, masks: random.masks };
  const records = readMetrics(metrics);
  // Records may be ahead of the checkpoint by what was done between the two writes.
  const steps = records.steps.slice(0, state.step);
  const epochs = records.epochs.slice(0, state.evaluations);
  if (steps.length !== state.step || epochs.length !== state.evaluations) {
    throw new RangeError(
      `train: ${metrics} holds ${steps.length} of the ${state.step} steps and ${epochs.length} of the ` +
        `${state.evaluations} evaluations of the checkpoint beside it (it was changed)`,
    );
  }
  return { state, records: { steps, epochs } };
}

/** What a process that was killed had begun to write. */
function removeLeftovers(folder: string): void {
  const names = Object.values(RUN_FILES);
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.tmp') && names.some((name) => file.startsWith(`${name}.`)))
      rmSync(join(folder, file));
  }
}
