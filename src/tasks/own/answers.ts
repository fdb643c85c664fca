import * as tf from '../../tf.js';
import type { Targets } from '../task.js';
import { numberIn } from './cell.js';
import { classNumbers } from './classes.js';

/** What a model is to say of each example. */
export interface Answers {
  /** Classes, or numbers an example. */
  readonly count: number;
  /** Of the classes, in the order of their numbers; empty where numbers are learnt. */
  readonly names: readonly string[];
  /** By which the split is stratified. */
  readonly groups: Int32Array;
  readonly notes: readonly string[];
  /** What identifies an example's answer, as plain data. */
  of(example: number): number | number[];
  /** Mean and deviation of the numbers over some examples; undefined for classes. */
  scaleOf(examples: Uint32Array): Scale | undefined;
  /** int32 [batch], or float32 [batch, count] after `scale`. */
  tensor(examples: Uint32Array, scale: Scale | undefined): tf.Tensor;
}

/** What is subtracted from each number that is learnt, and what it is then divided by. */
export interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * @param labels   class of each example by name, or its number as text
 * @param numbers  several numbers an example, where there are
 * @throws RangeError  for labels that name no class, or are no numbers
 */
export function answersOf(
  where: string,
  labels: readonly string[],
  keyOf: (example: number) => string,
  { targets, classes }: { targets: Targets; classes?: readonly string[] },
  numbers?: (example: number) => readonly number[],
): Answers {
  return targets === 'real'
    ? realAnswers(where, labels, keyOf, numbers)
    : classAnswers(where, labels, keyOf, classes);
}

function classAnswers(
  where: string,
  labels: readonly string[],
  keyOf: (example: number) => string,
  classes?: readonly string[],
): Answers {
  const { names, numbers, notes } = classNumbers(where, labels, keyOf, classes);
  return {
    count: names.length,
    names,
    groups: numbers,
    notes,
    of: (example) => numbers[example],
    scaleOf: () => undefined,
    tensor: (examples) =>
      tf.tensor1d(
        Int32Array.from(examples, (example) => numbers[example]),
        'int32',
      ),
  };
}

function realAnswers(
  where: string,
  labels: readonly string[],
  keyOf: (example: number) => string,
  numbers?: (example: number) => readonly number[],
): Answers {
  const all = labels.map((label, example) => {
    const found = numbers?.(example) ?? [numberIn(label)];
    if (found.length > 0 && found.every((value) => Number.isFinite(Math.fround(value)))) return found;
    throw new RangeError(
      `${where}: ${keyOf(example)}: expected a number to learn, got ${JSON.stringify(label)}`,
    );
  });
  if (all.length === 0) throw new RangeError(`${where}: at least one example is needed, got none`);
  const count = all[0].length;
  return {
    count,
    names: [],
    groups: new Int32Array(all.length),
    notes: [],
    of: (example) => [...all[example]],
    scaleOf: (examples) => {
      const columns = Array.from({ length: count }, (_, i) =>
        Array.from(examples, (example) => all[example][i]),
      );
      const mean = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
      const deviation = columns.map(
        (values, i) =>
          Math.sqrt(values.reduce((sum, value) => sum + (value - mean[i]) ** 2, 0) / values.length) || 1,
      );
      return { mean, deviation };
    },
    tensor: (examples, scale) => {
      const values = new Float32Array(examples.length * count);
      examples.forEach((example, b) => {
        all[example].forEach((value, i) => {
          values[b * count + i] = scale ? (value - scale.mean[i]) / scale.deviation[i] : value;
        });
      });
      return tf.tensor2d(values, [examples.length, count]);
    },
  };
}
