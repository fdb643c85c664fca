import { unknownName } from '../options.js';
import { disposeBatch, type Task } from '../tasks/task.js';
import type { TrainOptions } from './options.js';

/** Examples a batch, where labels are counted. */
const BATCH = 500;

/**
 * The weight of each class, by number.
 * @throws TypeError, RangeError  for names that are no class, a number too many, or a weight that is not above 0
 */
export function classWeightsOf(
  task: Task,
  given: TrainOptions['classWeights'],
): readonly number[] | undefined {
  if (given === undefined) return undefined;
  if (task.targets === 'real')
    throw new TypeError('train: classWeights are for classes, the task has numbers to learn');
  const weights = given === 'balanced' ? balanced(task) : isList(given) ? given : byName(task, given);
  if (weights.length !== task.classes) {
    throw new RangeError(
      `train: classWeights must be ${task.classes} numbers, a class each, got ${weights.length}`,
    );
  }
  weights.forEach((weight, number) => {
    if (weight > 0 && weight < Infinity) return;
    throw new RangeError(
      `train: classWeights must be finite numbers above 0, got ${weight} for class ${nameOf(task, number)}`,
    );
  });
  return weights;
}

function isList(given: readonly number[] | Readonly<Record<string, number>>): given is readonly number[] {
  return Array.isArray(given);
}

function nameOf({ classNames }: Task, number: number): string {
  return classNames?.[number] ?? String(number);
}

function byName(task: Task, given: Readonly<Record<string, number>>): number[] {
  if (typeof given !== 'object') {
    throw new TypeError(
      `train: classWeights must be 'balanced', a list of numbers or numbers by name, got ${given}`,
    );
  }
  const names = Array.from({ length: task.classes }, (_, number) => nameOf(task, number));
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw unknownName('train', 'class in classWeights', name, names);
  }
  return names.map((name) => given[name] ?? 1);
}

/** So that every class counts alike: examples / (classes * those of the class). */
function balanced(task: Task): number[] {
  const counts = new Float64Array(task.classes);
  for (const one of task.train.batches({ batch: Math.min(BATCH, task.train.size) })) {
    for (const label of one.y.dataSync()) counts[label]++;
    disposeBatch(one);
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Array.from(counts, (count, number) => {
    if (count > 0) return all / (task.classes * count);
    throw new RangeError(
      `train: classWeights: 'balanced' needs an example of every class, the training set has none of ${nameOf(task, number)}`,
    );
  });
}
