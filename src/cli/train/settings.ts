import { createHash } from 'node:crypto';
import type { SpikingSSMOptions } from '../../layers/config.js';
import type { Recipe } from '../../recipes/index.js';
import type { TrainOptions } from '../../train/options.js';

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
 * any other key the model (`H=32`, `neuron=gelu`, `norm.kind=layer`). A value is JSON where it can be read as such, and
 * text otherwise. Names are checked where they are used.
 * @throws TypeError  `train: --set takes key=value, got "H"`, and for what a flag sets
 */
export function settingsOf(recipe: Recipe, pairs: readonly string[]): Settings {
  const { training, task = {}, ...model } = structuredClone(recipe) as Recipe & Record<string, unknown>;
  const settings = { model, training, task };
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new TypeError(`train: --set takes key=value, got "${pair}"`);
    const key = pair.slice(0, at);
    if (Object.hasOwn(FLAGS, key))
      throw new TypeError(`train: --set does not change ${key} (pass ${FLAGS[key]})`);
    if (key === 'training' || key === 'task') {
      throw new TypeError(
        `train: --set changes one option of ${key} at a time (${key}.NAME=value), got "${pair}"`,
      );
    }
    const path = key.split('.');
    const apart = path.length > 1 && (path[0] === 'training' || path[0] === 'task');
    assign(settings, apart ? path : ['model', ...path], valueFrom(pair.slice(at + 1)));
  }
  // A run's length is one of the two; the one that is given replaces the recipe's other.
  const [steps, epochs] = ['steps', 'epochs'].map((name) =>
    pairs.some((pair) => pair.startsWith(`training.${name}=`)),
  );
  if (steps !== epochs) settings.training = without(training, steps ? 'epochs' : 'steps');
  return settings as Settings;
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
  const next = typeof inner === 'object' && inner !== null ? inner : {};
  assign(target, [key], next);
  assign(next, rest, value);
}

function valueFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
