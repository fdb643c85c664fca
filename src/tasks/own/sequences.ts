import { outOfRange } from '../../options.js';
import { type OwnOptions, ownSettings, type SetName } from './options.js';
import { type OwnTask, ownTask } from './task.js';

/** One labelled sequence of a user's. */
export interface Example {
  /** Steps one after the other, `channels` numbers each: [L, channels], row-major. */
  x: ArrayLike<number>;
  /** Name or number of its class; with `targets: 'real'` the number or numbers to be learnt. */
  y: string | number | readonly number[];
  /** What it is called in messages and in `split`. Default its number. */
  key?: string;
  /** The set it belongs to, where that is given; the shares then add nothing to a set that is named. */
  set?: SetName;
}

export interface SequencesOptions extends OwnOptions {
  /** Numbers a step. Default 1. */
  channels?: number;
}

/**
 * A task of sequences that a program makes or reads: an array, a generator, an async iterator. All are kept in memory.
 * @example
 *   const task = await tasks.sequences(readings(), { channels: 3, test: 0.2 });
 * @returns  a task with x float32 [batch, L, channels], shorter sequences followed by zeros, and their true lengths
 *   where they differ
 * @throws RangeError  `sequences: example 3 holds NaN at step 17, channel 0`
 */
export async function sequences(
  source: Iterable<Example> | AsyncIterable<Example>,
  options: SequencesOptions = {},
): Promise<OwnTask> {
  const { channels, ...settings } = ownSettings('sequences', options, { channels: 1 });
  if (!Number.isSafeInteger(channels) || channels < 1) {
    throw outOfRange('sequences', 'channels', 'a whole number of at least 1', channels);
  }
  const values: Float32Array[] = [];
  const examples: { key: string; label: string; numbers?: number[]; set?: SetName }[] = [];
  for await (const { x, y, key = `example ${values.length}`, set } of source) {
    values.push(checked('sequences', x, channels, key));
    const numbers = typeof y === 'string' ? undefined : Array.isArray(y) ? [...y] : [y as number];
    if (numbers?.some((value) => !Number.isFinite(value))) {
      throw new TypeError(`sequences: ${key} must have a class y, a name or a number, got ${y}`);
    }
    if (Array.isArray(y) && settings.targets !== 'real') {
      throw new TypeError(
        `sequences: ${key} must have one class y, got [${y}] (targets: 'real' learns numbers)`,
      );
    }
    examples.push({ key, label: String(y), numbers, set });
  }
  return ownTask(
    'sequences',
    {
      channels,
      labels: examples.map(({ label }) => label),
      answers: (example) => examples[example].numbers ?? [Number.NaN],
      keyOf: (example) => examples[example].key,
      lengthOf: (example) => values[example].length / channels,
      read: (example) => values[example],
      setOf: (example) => examples[example].set,
    },
    settings,
  );
}

/** A copy as float32, all finite. */
export function checked(where: string, x: ArrayLike<number>, channels: number, key: string): Float32Array {
  if (x.length % channels !== 0) {
    throw new RangeError(
      `${where}: ${key} has ${x.length} numbers, not a multiple of the ${channels} channels`,
    );
  }
  // A value that is missing would become 0 by itself.
  const bad = Array.prototype.findIndex.call(
    x,
    (value) => typeof value !== 'number' || !Number.isFinite(Math.fround(value)),
  );
  if (bad >= 0) {
    const [step, channel] = [Math.floor(bad / channels), bad % channels];
    throw new RangeError(
      `${where}: ${key} holds ${x[bad]}${typeof x[bad] === 'bigint' ? 'n' : ''} at step ${step}, channel ${channel}`,
    );
  }
  return Float32Array.from(x);
}
