import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataFile } from '../../data/locate.js';
import { readText } from '../../files/text.js';
import { readWav } from '../../files/wav.js';
import { withDefaults } from '../../options.js';
import * as tf from '../../tf.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { indexedDataset } from '../dataset.js';
import { MFCC_SIZE, mfcc, mfccFrames } from '../mfcc.js';
import type { Dataset, Task } from '../task.js';
import { torchPermutation } from '../torch-permutation.js';
import { WORDS } from './words.js';

export interface SpeechCommandsOptions extends SplitCounts {
  /** What a step holds: one sample, or 20 cepstral coefficients of 12.5 ms. Default `raw`. */
  features?: 'raw' | 'mfcc';
  /** Of the order in which recordings are stored. Default 42. */
  seed?: number;
}

/** Samples a second, and of every recording: shorter ones are followed by silence. */
const RATE = 16_000;
/** Training recordings that mean and deviation are taken of. */
const SAMPLE = 1000;

type Split = 'train' | 'validation' | 'test';
interface Recording {
  path: string;
  label: number;
}

/**
 * Speech Commands v0.02: which of 35 words is said in one second, 16,000 samples or 161 frames of cepstral
 * coefficients, less their mean and divided by their deviation (one for all samples, or one a coefficient, of the first
 * 1,000 training recordings; the official loader takes those of each step over the whole set).
 * Splits: the data set's own `validation_list.txt` and `testing_list.txt`; everything else is training. Files are read
 * when they are needed, so that they need not fit in memory.
 * @returns  a task with x float32 [batch, 16000, 1] or [batch, 161, 20] and y int32 [batch] in 0 … 34 (`WORDS`)
 * @throws RangeError  for missing files, or a recording of another form
 */
export async function speechCommands(options: SpeechCommandsOptions = {}): Promise<Task> {
  const given = withDefaults<
    SpeechCommandsOptions & Required<Pick<SpeechCommandsOptions, 'features' | 'seed'>>
  >('speechCommands', options, {
    features: 'raw',
    seed: 42,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { features, seed } = given;
  if (features !== 'raw' && features !== 'mfcc') {
    throw new TypeError(`speechCommands: features must be 'raw' or 'mfcc', got ${features}`);
  }
  const recordings = listRecordings(seed);
  const counts = checkCounts('speechCommands', given, {
    train: recordings.train.length,
    validation: recordings.validation.length,
    test: recordings.test.length,
  });
  const size = features === 'raw' ? 1 : MFCC_SIZE;
  const read = features === 'raw' ? samplesOf : coefficientsOf();
  const normal = normaliser(recordings.train.slice(0, SAMPLE), read, size);
  const set = (split: Split) =>
    recordingsDataset(recordings[split].slice(0, counts[split]), read, normal, size, features);
  return {
    name: 'speech-commands',
    classes: WORDS.length,
    length: features === 'raw' ? RATE : mfccFrames(RATE),
    input: { kind: 'real', size },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    notes: [
      `mean and deviation are those of ${Math.min(SAMPLE, recordings.train.length)} training recordings`,
    ],
  };
}

/** The recordings of each split, mixed. */
function listRecordings(seed: number): Record<Split, Recording[]> {
  const root = dirname(dataFile('speechCommands', 'speech-commands', ['validation_list.txt']));
  const listed = (name: string) =>
    new Set(
      readText('speechCommands', dataFile('speechCommands', 'speech-commands', [name]))
        .split('\n')
        .map((line) => line.trim()),
    );
  const [forValidation, forTest] = [listed('validation_list.txt'), listed('testing_list.txt')];
  const sets: Record<Split, Recording[]> = { train: [], validation: [], test: [] };
  WORDS.forEach((word, label) => {
    const folder = join(root, word);
    if (!existsSync(folder)) {
      throw new RangeError(
        `speechCommands: ${root} must hold a folder for each of 35 words, "${word}" is missing`,
      );
    }
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.wav')) continue;
      const key = `${word}/${name}`;
      const split = forValidation.has(key) ? 'validation' : forTest.has(key) ? 'test' : 'train';
      sets[split].push({ path: join(folder, name), label });
    }
  });
  const mixed = (split: Split) =>
    Array.from(torchPermutation(sets[split].length, seed), (i) => sets[split][i]);
  return { train: mixed('train'), validation: mixed('validation'), test: mixed('test') };
}

/** The samples of a recording, with silence behind it. */
function samplesOf(path: string): Float32Array {
  const { sampleRate, channels, samples } = readWav(path);
  if (sampleRate !== RATE || channels !== 1 || samples.length > RATE) {
    throw new RangeError(
      `speechCommands: ${path}: expected one channel of up to ${RATE} samples at ${RATE} Hz, ` +
        `got ${channels} of ${samples.length / channels} at ${sampleRate}`,
    );
  }
  const whole = new Float32Array(RATE);
  whole.set(samples);
  return whole;
}

function coefficientsOf(): (path: string) => Float32Array {
  const of = mfcc(RATE);
  return (path) => of(samplesOf(path));
}

interface Normal {
  mean: Float64Array;
  deviation: Float64Array;
}

/** Mean and deviation of each of the `size` numbers of a step. */
function normaliser(
  recordings: readonly Recording[],
  read: (path: string) => Float32Array,
  size: number,
): Normal {
  const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
  let steps = 0;
  for (const { path } of recordings) {
    const values = read(path);
    for (let i = 0; i < values.length; i++) {
      sum[i % size] += values[i];
      squares[i % size] += values[i] * values[i];
    }
    steps += values.length / size;
  }
  const mean = sum.map((total) => total / steps);
  return { mean, deviation: squares.map((total, c) => Math.sqrt(total / steps - mean[c] ** 2) + 1e-5) };
}

function recordingsDataset(
  recordings: readonly Recording[],
  read: (path: string) => Float32Array,
  { mean, deviation }: Normal,
  size: number,
  features: string,
): Dataset {
  return indexedDataset(
    Uint32Array.from(recordings, (_, i) => i),
    (chosen) => {
      const parts = Array.from(chosen, (i) => read(recordings[i].path));
      const values = new Float32Array(parts.length * parts[0].length);
      parts.forEach((part, b) => {
        for (let i = 0; i < part.length; i++) {
          values[b * part.length + i] = (part[i] - mean[i % size]) / deviation[i % size];
        }
      });
      const labels = Int32Array.from(chosen, (i) => recordings[i].label);
      return {
        x: tf.tensor3d(values, [parts.length, parts[0].length / size, size]),
        y: tf.tensor1d(labels, 'int32'),
      };
    },
    undefined,
    {
      of: (example) => ({ file: recordings[example].path }),
      labelOf: (example) => recordings[example].label,
      how: { features, mean: [...mean], deviation: [...deviation] },
    },
  );
}
