import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../environment.js';
import { writeWhole } from '../files/write-whole.js';
import { spikingSSMConfig } from '../layers/config.js';
import { withDefaults } from '../options.js';
import { origin } from '../provenance.js';
import { dataFingerprint } from '../train/identify-data.js';
import { runOptions } from '../train/options.js';
import { status } from './status.js';
import { type TrialConfig, type TrialResult, trial } from './trial.js';

export interface RepeatOptions {
  /** What the configuration is called where progress is shown. Default the task's name. */
  label?: string;
  /** Where results are kept. Default the environment variable SPIKINGSSM_RUNS, or else `runs`. */
  folder?: string;
  /** Stops between two steps; results that are whole stay. Default: in a notebook, the signal of the running cell. */
  signal?: AbortSignal;
}

/** A result as its file holds it. */
export interface StoredResult extends TrialResult {
  label: string;
  seed: number;
  /** When it was made (ISO 8601). */
  made: string;
  /** Of the code that made it, with `+` where files had changed since; null for an installed package. */
  commit: string | null;
  /** Whether it was there already. */
  kept: boolean;
}

/**
 * Trains one configuration with several seeds (initial weights, order of examples) and evaluates each on the task's test
 * set. Each result is written to disk, whole or not at all, under a key of everything that decides it: model and training
 * with their defaults filled in, the data (every value, label and split) and the seed. What is there already is not
 * trained again.
 * Shows progress: in a notebook one line updated in place.
 * @throws RangeError  for no seeds, or one twice
 * @throws Error       the signal's reason where it stops the work
 * @example const runs = await repeat({ task, model: { classes: 10, H: 64 }, training: { steps: 600 } }, [1, 2, 3, 4, 5]);
 */
export async function repeat(
  config: TrialConfig,
  seeds: readonly number[],
  options: RepeatOptions = {},
): Promise<StoredResult[]> {
  const { label, folder, signal } = withDefaults<Required<Omit<RepeatOptions, 'signal'>> & RepeatOptions>(
    'repeat',
    options,
    { label: config.task.name, folder: environment('SPIKINGSSM_RUNS') ?? 'runs', signal: cellSignal() },
  );
  if (seeds.length === 0 || new Set(seeds).size !== seeds.length) {
    throw new RangeError(
      `repeat: seeds must be different whole numbers, at least one, got [${seeds.join(', ')}]`,
    );
  }
  const show = status();
  const described = await describe(config, signal);
  const results: StoredResult[] = [];
  for (const [i, seed] of seeds.entries()) {
    const key = { ...described, seed };
    const path = join(folder, `${config.task.name}-${keyOf(key)}.json`);
    const place = `${label} · seed ${seed} (${i + 1} of ${seeds.length})`;
    const before = readResult(path);
    if (before) {
      results.push({ ...before, label, seed, kept: true });
      continue;
    }
    const result = await trial(config, seed, {
      signal,
      onStep: ({ step, steps, loss }) => show(`${place} · step ${step}/${steps} · loss ${loss.toFixed(3)}`),
    });
    const made = new Date().toISOString();
    const { commit } = origin();
    writeWhole(path, [`${JSON.stringify({ key, made, commit, result }, undefined, 1)}\n`]);
    results.push({ ...result, label, seed, made, commit, kept: false });
  }
  const trained = results.filter(({ kept }) => !kept);
  const seconds = trained.reduce((sum, one) => sum + one.seconds, 0);
  await show(
    `${label} · ${trained.length} of ${seeds.length} seeds trained now, in ${seconds.toFixed(0)} s; the others kept from before`,
    true,
  );
  return results;
}

/** Everything that decides a result but the seed, as plain data. */
async function describe({ task, model, training }: TrialConfig, signal?: AbortSignal): Promise<object> {
  const { seed: _, ...config } = spikingSSMConfig(model).config;
  const { seed: _order, ...filled } = runOptions(task, training).settings;
  const data = await dataFingerprint('repeat', task, signal);
  return { task: { name: task.name, data }, model: config, training: filled };
}

/** A short name of plain data, whatever the order of its keys. */
function keyOf(value: object): string {
  const sorted = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(sorted).digest('hex').slice(0, 16);
}

type Kept = Omit<StoredResult, 'label' | 'seed' | 'kept'>;

function readResult(path: string): Kept | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { result, made, commit } = JSON.parse(readFileSync(path, 'utf8')) as {
      result: TrialResult;
      made: string;
      commit: string | null;
    };
    if (typeof result?.accuracy !== 'number') throw new TypeError('it holds no accuracy');
    return { ...result, made, commit };
  } catch (error) {
    throw new TypeError(
      `repeat: ${path} is no result of an earlier run: ${(error as Error).message} (remove the file)`,
    );
  }
}

/** In a notebook, the signal of the running cell. */
function cellSignal(): AbortSignal | undefined {
  return (Reflect.get(globalThis, Symbol.for('Jupyter.signal')) as (() => AbortSignal) | undefined)?.();
}
