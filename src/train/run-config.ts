import type { Model } from '../layers/model.js';
import { type Origin, origin } from '../provenance.js';
import type { Fingerprint } from '../tasks/fingerprint.js';
import type { Task } from '../tasks/task.js';
import { dataDifferences } from './data-differences.js';
import { leafDifferences, leaves } from './leaves.js';
import type { RunOptions } from './options.js';

export const RUN_FORMAT = 1;

/** What a run is, as its folder's `config.json` keeps it. */
export interface RunConfig {
  task: Pick<
    Task,
    | 'name'
    | 'classes'
    | 'targets'
    | 'length'
    | 'input'
    | 'classNames'
    | 'sampleRate'
    | 'preparation'
    | 'source'
  > & {
    /** Examples of each set. */
    examples: { train: number; validation: number; test: number };
    /** The task's own, such as the seed of data made here. Older runs have none. */
    notes?: readonly string[];
  };
  /** What all values, labels and splits are known by. Older runs have none. */
  data?: Fingerprint;
  /** The model's own `config`, null where it has none. */
  model: unknown;
  training: RunOptions;
  /** Each time the run was begun or gone on with: where, and after how many steps. */
  sessions: (Origin & { step: number })[];
  /** Of the folder's files; raised when an older version could not read them rightly. Runs without one are of format 1. */
  format?: number;
}

/** What runs did that say nothing of these options, because they are older than they. */
export const OLDER_OPTIONS: Pick<RunOptions, 'keep' | 'recalibrate'> = { keep: 'best', recalibrate: false };

export function runConfig(
  model: Model & { readonly config?: unknown },
  task: Task,
  training: RunOptions,
): RunConfig {
  const { name, classes, length, input, notes = [], train, validation, test } = task;
  const { targets, classNames, sampleRate, preparation, source } = task;
  const examples = { train: train.size, validation: validation.size, test: test.size };
  return {
    task: {
      name,
      classes,
      length,
      input,
      examples,
      notes,
      targets,
      classNames,
      sampleRate,
      preparation,
      source,
    },
    model: model.config ?? null,
    training,
    sessions: [],
    format: RUN_FORMAT,
  };
}

/**
 * `config` with one more session.
 * @param now  the run as it goes on: what an older version did not keep of its data is kept from now on
 */
export function withSession(config: RunConfig, now: RunConfig, step: number): RunConfig {
  return {
    ...config,
    task: { ...now.task, ...config.task },
    data: config.data ?? now.data,
    sessions: [...config.sessions, { ...origin(), step }],
  };
}

/**
 * Where two runs differ in what decides their numbers. Notes, and what is known of the data, count where both have some
 * to compare.
 * @returns  e.g. `training.batch is 16, was 8`
 */
export function differences(now: RunConfig, before: RunConfig): string[] {
  const noted = now.task.notes !== undefined && before.task.notes !== undefined;
  const [ours, theirs] = [now, before].map(({ task, model, training }) => {
    const { notes, classNames: _, sampleRate: _rate, preparation: _how, source: _from, ...rest } = task;
    const options = { ...OLDER_OPTIONS, ...training };
    return leaves({ task: noted ? { ...rest, notes } : rest, model, training: options });
  });
  return [...leafDifferences(ours, theirs), ...dataDifferences(now, before)];
}
