import * as tf from '../../tf.js';
import { indexedDataset } from '../dataset.js';
import type { ExampleSource } from '../example-source.js';
import type { Preparation } from '../preparation.js';
import type { Batch, Task } from '../task.js';
import { answersOf } from './answers.js';
import type { OwnSettings, SetName } from './options.js';
import { heldOut, splitExamples } from './split.js';

/** Sequences, wherever they are kept. */
export interface Unlabelled {
  /** How many there are. */
  count: number;
  /** Numbers a step. */
  channels: number;
  /** Steps a second, where that is known. */
  sampleRate?: number;
  /** What the example is called in messages and in `split`. */
  keyOf(example: number): string;
  lengthOf(example: number): number;
  /** float32 [lengthOf(example), channels], row-major. */
  read(example: number): Float32Array;
}

/** Labelled sequences, and how the same would be read again. */
export interface Sequences extends Omit<Unlabelled, 'count'> {
  /** Class of each example by name, or the number to be learnt as text. */
  labels: readonly string[];
  /** The numbers to be learnt, where an example has several. */
  answers?(example: number): readonly number[];
  /** What a reader of a number has to know. */
  notes?: readonly string[];
  /** The maker and those of its options that say how a file is read. */
  reader?: Preparation['reader'];
  /** The file that is read for an example, where each has one of its own, and what becomes of it as plain data. */
  fileOf?(example: number): string;
  how?: object;
  /** The set of an example where the data say so. */
  setOf?(example: number): SetName | undefined;
}

/** A task that knows the names of its classes. */
export interface OwnTask extends Task {
  /** Empty where numbers are learnt. */
  readonly classNames: readonly string[];
  /** What was subtracted from each channel and what it was then divided by: 0 and 1 unless `standardise` is set. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Makes the task: numbers the classes, divides the examples, measures the training set where that is asked for. */
export function ownTask(where: string, sequences: Sequences, settings: OwnSettings): OwnTask {
  const { labels, channels, keyOf, lengthOf } = sequences;
  const answers = answersOf(where, labels, keyOf, settings, sequences.answers);
  const lengths = Int32Array.from(labels, (_, example) => lengthOf(example));
  const empty = lengths.indexOf(0);
  if (empty >= 0) throw new RangeError(`${where}: ${keyOf(empty)} has no steps (leave it out)`);
  const { split } = settings;
  const fixed = labels.map((label, example) => {
    const key = keyOf(example);
    if (split) return checkSet(where, split({ key, label }), key);
    const set = sequences.setOf?.(example);
    return set === undefined ? undefined : checkSet(where, set, key);
  });
  // A set that the data name is theirs alone.
  const share = (set: 'validation' | 'test') => (fixed.includes(set) ? 0 : settings[set]);
  const shares = { ...settings, validation: share('validation'), test: share('test') };
  const { taken, ...sets } = heldOut(
    answers.groups,
    splitExamples(answers.groups, shares, fixed),
    shares,
    fixed,
  );
  if (sets.train.length === 0)
    throw new RangeError(`${where}: no example is left to train on (got ${labels.length})`);
  const { mean, deviation } = settings.standardise
    ? statistics(where, sequences, sets.train)
    : { mean: new Float64Array(channels), deviation: new Float64Array(channels).fill(1) };
  const varies = lengths.some((length) => length !== lengths[0]);
  const scale = answers.scaleOf(sets.train);
  const make = (chosen: Uint32Array): Batch => {
    const { x, lengths: own } = inputsOf(sequences, lengths, chosen, mean, deviation);
    return { x, y: answers.tensor(chosen, scale), ...(varies && { lengths: own }) };
  };
  const { fileOf } = sequences;
  const source: ExampleSource | undefined = fileOf && {
    of: (example) => ({ file: fileOf(example) }),
    labelOf: answers.of,
    how: { mean: [...mean], deviation: [...deviation], scale, ...sequences.how },
  };
  const set = (name: SetName) =>
    indexedDataset(sets[name], make, varies ? (example) => lengths[example] : undefined, source);
  return {
    name: settings.name,
    classes: answers.count,
    classNames: answers.names,
    ...(settings.targets === 'real' && { targets: 'real' as const }),
    length: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    input: { kind: 'real', size: channels },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    mean,
    deviation,
    ...(sequences.sampleRate !== undefined && { sampleRate: sequences.sampleRate }),
    preparation: {
      ...(sequences.reader && { reader: sequences.reader }),
      ...(settings.standardise && { mean: [...mean], deviation: [...deviation] }),
      ...(scale && { targets: scale }),
    },
    ...noted([
      ...(sequences.notes ?? []),
      ...answers.notes,
      ...(taken > 0 ? [`${taken} validation examples come out of the training set`] : []),
    ]),
  };
}

function noted(notes: readonly string[]): Pick<Task, 'notes'> {
  return notes.length === 0 ? {} : { notes };
}

function checkSet(where: string, set: SetName, key: string): SetName {
  if (['train', 'validation', 'test'].includes(set)) return set;
  throw new TypeError(`${where}: split must return 'train', 'validation' or 'test', got ${set} for ${key}`);
}

/** Zeros follow a sequence that is shorter than the batch's longest; `lengths` says where it ends. */
function inputsOf(
  { channels, read }: Sequences,
  lengthOf: Int32Array,
  chosen: Uint32Array,
  mean: Float64Array,
  deviation: Float64Array,
): { x: tf.Tensor3D; lengths: Int32Array } {
  const lengths = Int32Array.from(chosen, (example) => lengthOf[example]);
  const L = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const x = new Float32Array(chosen.length * L * channels);
  chosen.forEach((example, b) => {
    const values = read(example);
    for (let i = 0; i < values.length; i++) {
      const channel = i % channels;
      x[b * L * channels + i] = (values[i] - mean[channel]) / deviation[channel];
    }
  });
  return { x: tf.tensor3d(x, [chosen.length, L, channels]), lengths };
}

/** Mean and deviation of each channel over all steps of the given examples; a constant channel keeps its scale. */
function statistics(
  where: string,
  { channels, read, keyOf }: Sequences,
  examples: Uint32Array,
): { mean: Float64Array; deviation: Float64Array } {
  const [mean, squares] = [new Float64Array(channels), new Float64Array(channels)];
  const counts = new Float64Array(channels);
  for (const example of examples) {
    const values = read(example);
    for (let i = 0; i < values.length; i++) {
      const channel = i % channels;
      if (!Number.isFinite(values[i])) {
        const step = Math.floor(i / channels);
        throw new RangeError(
          `${where}: ${keyOf(example)} holds ${values[i]} at step ${step}, channel ${channel}`,
        );
      }
      // Welford's update, which does not cancel where the mean is large.
      const difference = values[i] - mean[channel];
      mean[channel] += difference / ++counts[channel];
      squares[channel] += difference * (values[i] - mean[channel]);
    }
  }
  return { mean, deviation: squares.map((sum, channel) => Math.sqrt(sum / counts[channel]) || 1) };
}
