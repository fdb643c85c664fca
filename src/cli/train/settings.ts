import { createHash } from 'node:crypto';
import { MODEL_OPTIONS, type SpikingSSMOptions, spikingSSMConfig } from '../../layers/config.js';
import { unknownName } from '../../options.js';
import type { Recipe } from '../../recipes/index.js';
import { DEFAULT_BATCH, TRAIN_OPTIONS, type TrainOptions } from '../../train/options.js';

/** What the command trains, a recipe with the user's changes. */
export interface Settings {
  model: SpikingSSMOptions;
  training: TrainOptions;
  /** Options of the task. */
  task: Record<string, unknown>;
}

/** What the command sets itself, by its flags. */
const FLAGS: Readonly<Record<string, string>> = {
  seed: '--seed',
  'training.seed': '--seed',
  'training.folder': '--folder',
  'training.resume': '--resume',
};

/** What a key may begin with, beside the model's own options. */
const PARTS = ['training', 'task'];

/** Bytes that a file system takes for a name. */
const LONGEST_NAME = 255;

/** Name of the folder of a run. @param begin  what it is called where nothing was set */
export function folderName(begin: string, pairs: readonly string[]): string {
  const whole = begin + pairs.map((pair) => `-${pair.replace(/[^\w.=+-]/g, '_')}`).join('');
  if (whole.length <= LONGEST_NAME) return whole;
  const rest = `-${createHash('sha256').update(whole).digest('hex').slice(0, 16)}`;
  return whole.slice(0, LONGEST_NAME - rest.length) + rest;
}

/**
 * Puts `key=value` pairs over a recipe: `training.batch=16` changes the training, `task.trainExamples=1000` the data,
 * any other key the model (`H=32`, `neuron=gelu`, `neuron.tau=0.5`, `norm=batch`). A value is JSON where it can be read as
 * such, and text otherwise. What holds another comes first, in whatever order they are given.
 * @throws TypeError  `train: --set takes key=value, got "H"`, for what a flag sets, twice the same key, and unknown names of
 *   model and training; those of the data are checked where they are used
 */
export function settingsOf(recipe: Recipe, pairs: readonly string[]): Settings {
  const { training, task = {}, ...model } = structuredClone(recipe) as Recipe & Record<string, unknown>;
  const settings = { model, training, task };
  const changes = pairs.map(changeOf).sort((a, b) => a.path.length - b.path.length);
  const keys = changes.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) throw new TypeError(`train: --set gives ${twice} twice`);
  for (const { path, value } of changes) assign(settings, path, value);
  checkNorm(settings.model, keys);
  // A run's length is one of the two; the one that is given replaces the recipe's other.
  const [steps, epochs] = ['training.steps', 'training.epochs'].map((key) => keys.includes(key));
  if (steps !== epochs) settings.training = without(training, steps ? 'epochs' : 'steps');
  spikingSSMConfig(settings.model);
  return settings as Settings;
}

/** Where a pair goes, and what it puts there. */
function changeOf(pair: string): { key: string; path: string[]; value: unknown } {
  const at = pair.indexOf('=');
  if (at < 1) throw new TypeError(`train: --set takes key=value, got "${pair}"`);
  const key = pair.slice(0, at).trim();
  if (Object.hasOwn(FLAGS, key))
    throw new TypeError(`train: --set does not change ${key} (pass ${FLAGS[key]})`);
  const path = key.split('.');
  const [first, ...rest] = path;
  if (path.includes(''))
    throw new TypeError(`train: --set takes names with a dot between them, got "${pair}"`);
  if (PARTS.includes(first) && rest.length === 0) {
    throw new TypeError(
      `train: --set changes one option of ${key} at a time (${key}.NAME=value), got "${pair}"`,
    );
  }
  checkName(key, path);
  return {
    key,
    path: PARTS.includes(first) ? path : ['model', ...path],
    value: valueFrom(pair.slice(at + 1)),
  };
}

/** @throws TypeError  for a name that neither model nor training has; those of the data are known by their reader */
function checkName(key: string, [first, name]: readonly string[]): void {
  const where = 'train: --set';
  const training = TRAIN_OPTIONS.map((one) => `training.${one}`);
  if (first === 'task' || training.includes(key)) return;
  if (first === 'training') throw unknownName(where, 'option of training', name, TRAIN_OPTIONS);
  if (MODEL_OPTIONS.includes(first)) return;
  if (name === undefined)
    throw unknownName(where, 'option', key, [...MODEL_OPTIONS, ...training, 'task.NAME']);
  throw unknownName(where, 'option', first, [...PARTS, ...MODEL_OPTIONS]);
}

/** A kind of norm that stands nowhere would change nothing. */
function checkNorm({ norm }: { norm?: unknown }, keys: readonly string[]): void {
  const { placement } = (typeof norm === 'object' && norm !== null ? norm : {}) as { placement?: string };
  if (placement !== 'none' || !keys.includes('norm.kind')) return;
  throw new TypeError(
    'train: --set norm.kind changes nothing where norm.placement is none (--set norm=KIND puts one before each block)',
  );
}

/**
 * The training, whose warm-up is shorter where the run that was asked for would end before it does.
 * @param examples  of the training set
 * @returns it, and what to say of it
 */
export function withFittingWarmup(
  training: TrainOptions,
  pairs: readonly string[],
  examples: number,
): { training: TrainOptions; said?: string } {
  const { warmup = 0, steps: given, epochs = 1, batch } = training;
  const steps = given ?? epochs * Math.ceil(examples / (batch ?? DEFAULT_BATCH));
  if (!(warmup > steps) || pairs.some((pair) => pair.startsWith('training.warmup='))) return { training };
  const shorter = Math.floor(steps / 10);
  return {
    training: { ...training, warmup: shorter },
    said: `The run has ${steps} steps: ${shorter} of warm-up instead of the recipe's ${warmup} (--set training.warmup=…)`,
  };
}

function without<T extends object>(value: T, key: string): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T;
}

function assign(target: object, [key, ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner: unknown = Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
  const next = typeof inner === 'object' && inner !== null ? inner : named(key, inner);
  assign(target, [key], next);
  assign(next, rest, value);
}

/** A neuron or norm that a name stands for, so that its own options can be changed. */
function named(key: string, name: unknown): object {
  if (key === 'neuron') return { kind: name ?? 'lif' };
  if (key === 'norm' && typeof name === 'string')
    return { placement: name === 'none' ? name : 'pre', kind: name };
  return {};
}

function valueFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
