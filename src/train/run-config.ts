import type { Model } from '../layers/model.js';
import { type Origin, origin } from '../provenance.js';
import type { Task } from '../tasks/task.js';
import type { RunOptions } from './options.js';

/** What a run is, as its folder's `config.json` keeps it. */
export interface RunConfig {
  task: Pick<Task, 'name' | 'classes' | 'length' | 'input'> & {
    /** Examples of each set. */
    examples: { train: number; validation: number; test: number };
    /** The task's own, such as the seed of data made here. Older runs have none. */
    notes?: readonly string[];
  };
  /** The model's own `config`, null where it has none. */
  model: unknown;
  training: RunOptions;
  /** Each time the run was begun or gone on with: where, and after how many steps. */
  sessions: (Origin & { step: number })[];
}

export function runConfig(
  model: Model & { readonly config?: unknown },
  task: Task,
  training: RunOptions,
): RunConfig {
  const { name, classes, length, input, notes = [], train, validation, test } = task;
  const examples = { train: train.size, validation: validation.size, test: test.size };
  return {
    task: { name, classes, length, input, examples, notes },
    model: model.config ?? null,
    training,
    sessions: [],
  };
}

/** `config` with one more session. */
export function withSession(config: RunConfig, step: number): RunConfig {
  return { ...config, sessions: [...config.sessions, { ...origin(), step }] };
}

/**
 * Where two runs differ in what decides their numbers. Notes count where both have some to compare.
 * @returns  e.g. `training.batch is 16, was 8`
 */
export function differences(now: RunConfig, before: RunConfig): string[] {
  const noted = now.task.notes !== undefined && before.task.notes !== undefined;
  const [ours, theirs] = [now, before].map(({ sessions: _, task: { notes, ...task }, ...rest }) =>
    leaves({ task: noted ? { ...task, notes } : task, ...rest }),
  );
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${name} is ${ours.get(name) ?? 'not given'}, was ${theirs.get(name) ?? 'not given'}`);
}

/** Every single value by its dotted name, as JSON. */
export function leaves(value: unknown, name = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) {
    return new Map(value === undefined ? [] : [[name, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, name ? `${name}.${key}` : key)]),
  );
}
