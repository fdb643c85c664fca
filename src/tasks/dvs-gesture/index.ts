import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataFile } from '../../data/locate.js';
import { readText } from '../../files/text.js';
import { withDefaults } from '../../options.js';
import * as tf from '../../tf.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { indexedDataset } from '../dataset.js';
import type { Dataset, Task } from '../task.js';
import { torchPermutation } from '../torch-permutation.js';
import { type Events, parseAedat } from './aedat.js';

export interface DvsGestureOptions extends SplitCounts {
  /** Steps of a sequence: parts of equal time that a gesture is cut into. Default 64. */
  steps?: number;
  /** Side of the picture after neighbouring pixels are added up; divides 128. Default 16. */
  side?: number;
  /** Of the order in which gestures are stored. Default 42. */
  seed?: number;
}

const SIDE = 128;

interface Gesture {
  file: string;
  /** 0 … 10 */
  label: number;
  /** Microseconds. */
  start: number;
  end: number;
}

/**
 * DVS128 Gesture: which of 11 gestures an event camera saw. A gesture is cut into `steps` parts of equal time; a step
 * holds log(1 + events) of each of `side` x `side` fields, darker first, then brighter.
 * Splits: the data set's own recordings for training and test (`trials_to_train.txt`, `trials_to_test.txt` in the folder
 * `dvs-gesture`). The original has no validation split: validation is the test set, and the notes say so.
 * @returns  a task with x float32 [batch, steps, 2 side side] and y int32 [batch] in 0 … 10
 * @throws RangeError  for a file that is missing or damaged
 */
export async function dvsGesture(options: DvsGestureOptions = {}): Promise<Task> {
  const given = withDefaults<
    DvsGestureOptions & Required<Pick<DvsGestureOptions, 'steps' | 'side' | 'seed'>>
  >('dvsGesture', options, {
    steps: 64,
    side: 16,
    seed: 42,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { steps, side, seed } = given;
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new RangeError(`dvsGesture: steps must be a whole number of at least 1, got ${steps}`);
  }
  if (!Number.isSafeInteger(side) || side < 1 || SIDE % side !== 0) {
    throw new RangeError(`dvsGesture: side must divide ${SIDE}, got ${side}`);
  }
  const train = gestures('trials_to_train.txt', seed);
  const test = gestures('trials_to_test.txt', seed);
  const sizes = { train: train.length, validation: test.length, test: test.length };
  const counts = checkCounts('dvsGesture', given, sizes);
  const set = (all: Gesture[], count?: number) => gestureDataset(all.slice(0, count), steps, side);
  return {
    name: 'dvs-gesture',
    classes: 11,
    length: steps,
    input: { kind: 'real', size: 2 * side * side },
    train: set(train, counts.train),
    validation: set(test, counts.validation),
    test: set(test, counts.test),
    notes: [
      'validation is the test set: the original has no validation split',
      `${steps} steps of equal time, ${side} x ${side} fields: our own choice`,
    ],
  };
}

/** The gestures of the recordings that a list names, mixed. */
function gestures(list: string, seed: number): Gesture[] {
  const path = dataFile('dvsGesture', 'dvs-gesture', [list]);
  const names = readText('dvsGesture', path).split(/\s+/);
  const all = names.filter((name) => name !== '').flatMap((name) => labelled(join(dirname(path), name)));
  return Array.from(torchPermutation(all.length, seed), (i) => all[i]);
}

/** Gestures of one recording, by the table of labels beside it. */
function labelled(file: string): Gesture[] {
  const table = file.replace(/\.aedat$/, '_labels.csv');
  const [, ...rows] = readText('dvsGesture', table).trim().split(/\r?\n/);
  return rows.map((row, i) => {
    const [label, start, end] = row.split(',').map(Number);
    if (!(label >= 1 && label <= 11 && start < end)) {
      throw new RangeError(
        `dvsGesture: ${table}, line ${i + 2}: expected class 1 to 11, start and end, got "${row}"`,
      );
    }
    return { file, label: label - 1, start, end };
  });
}

function gestureDataset(all: readonly Gesture[], steps: number, side: number): Dataset {
  const size = 2 * side * side;
  // Counts of a recording's gestures, made when the first of them is asked for: a recording is long, they are short.
  const known = new Map<Gesture, Uint8Array>();
  const countsOf = (gesture: Gesture): Uint8Array => {
    if (!known.has(gesture)) {
      const events = parseAedat(readFileSync(gesture.file), gesture.file);
      for (const one of all) {
        if (one.file === gesture.file) known.set(one, countEvents(events, one, steps, side));
      }
    }
    return known.get(gesture) as Uint8Array;
  };
  const logs = Float32Array.from({ length: 256 }, (_, count) => Math.log1p(count));
  return indexedDataset(
    Uint32Array.from(all, (_, i) => i),
    (chosen) => {
      const x = new Float32Array(chosen.length * steps * size);
      chosen.forEach((example, b) => {
        countsOf(all[example]).forEach((count, i) => {
          x[b * steps * size + i] = logs[count];
        });
      });
      const y = Int32Array.from(chosen, (example) => all[example].label);
      return { x: tf.tensor3d(x, [chosen.length, steps, size]), y: tf.tensor1d(y, 'int32') };
    },
    undefined,
    {
      of: (example) => ({ file: all[example].file, place: `${all[example].start} to ${all[example].end}` }),
      labelOf: (example) => all[example].label,
      how: { steps, side },
    },
  );
}

/** Events of each step, polarity and field, at most 255. */
function countEvents(events: Events, { start, end }: Gesture, steps: number, side: number): Uint8Array {
  const counts = new Uint8Array(steps * 2 * side * side);
  const field = SIDE / side;
  for (let e = 0; e < events.count; e++) {
    const time = events.times[e];
    if (time < start || time >= end) continue;
    const step = Math.floor(((time - start) / (end - start)) * steps);
    const [column, row] = [events.pixels[e] % SIDE, Math.floor(events.pixels[e] / SIDE)];
    const place = (events.polarities[e] * side + Math.floor(row / field)) * side + Math.floor(column / field);
    const i = step * 2 * side * side + place;
    if (counts[i] < 255) counts[i]++;
  }
  return counts;
}
