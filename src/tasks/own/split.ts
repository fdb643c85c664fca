import { random } from '../../random.js';
import type { OwnSettings, SetName } from './options.js';

/** The numbers of the examples of each set. */
export type Split = Record<SetName, Uint32Array>;

/**
 * Divides examples into three sets by seed. The order within a set is that of the examples.
 * Stratified, the examples of each class are shuffled and spread evenly over [0, 1); the sets are cut from that line,
 * so that each has its share of the whole exactly (rounded) and of every class to within one example.
 * @param classOf  class of each example
 * @param fixed    sets that are given, by example; the others are divided
 */
export function splitExamples(
  classOf: Int32Array,
  { validation, test, seed, stratify }: Pick<OwnSettings, 'validation' | 'test' | 'seed' | 'stratify'>,
  fixed: readonly (SetName | undefined)[] = [],
): Split {
  const free = [...classOf.keys()].filter((example) => fixed[example] === undefined);
  const order = placed(random(seed).shuffle(free), (example) => (stratify ? classOf[example] : 0));
  const [inTest, held] = [Math.round(test * free.length), Math.round((test + validation) * free.length)];
  const sets = [...classOf.keys()].map((example) => fixed[example]);
  order.forEach((example, rank) => {
    sets[example] = rank < inTest ? 'test' : rank < held ? 'validation' : 'train';
  });
  const of = (name: SetName) => Uint32Array.from(sets.keys()).filter((example) => sets[example] === name);
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

/**
 * A validation share out of the training set, where the data name training examples and none for validation. How many were
 * taken is said.
 */
export function heldOut(
  classOf: Int32Array,
  split: Split,
  { validation, seed, stratify }: Pick<OwnSettings, 'validation' | 'seed' | 'stratify'>,
  fixed: readonly (SetName | undefined)[],
): Split & { taken: number } {
  if (!fixed.includes('train') || fixed.includes('validation')) return { ...split, taken: 0 };
  const sets = [...classOf.keys()].map((example) => {
    if (fixed[example] === 'train') return undefined;
    return (['test', 'validation', 'train'] as const).find((name) => split[name].includes(example));
  });
  const divided = splitExamples(classOf, { validation, test: 0, seed, stratify }, sets);
  return { ...divided, taken: split.train.length - divided.train.length };
}

/** Examples by where they lie when those of each group are spread evenly; equal places stay in the given order. */
function placed(shuffled: readonly number[], groupOf: (example: number) => number): number[] {
  const groups = new Map<number, number[]>();
  for (const example of shuffled) {
    const group = groups.get(groupOf(example)) ?? [];
    groups.set(groupOf(example), group);
    group.push(example);
  }
  const place = new Map<number, number>();
  for (const group of groups.values()) {
    group.forEach((example, rank) => {
      place.set(example, (rank + 0.5) / group.length);
    });
  }
  return [...shuffled].sort((a, b) => place.get(a)! - place.get(b)!);
}
