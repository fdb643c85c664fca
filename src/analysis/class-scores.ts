/** How well one class is told from the others, by the answers to a data set. null: what there is nothing to tell of. */
export interface ClassScore {
  /** Its name; its number as text where classes have no names. */
  class: string;
  /** Answers whose true class it is. */
  support: number;
  /** Answers for which the model says it. */
  predicted: number;
  /** Right ones among those predicted, in [0, 1]; null where it was never predicted, or has no example. */
  precision: number | null;
  /** Right ones among those that are of it, in [0, 1]; null without examples. */
  recall: number | null;
  /** Harmonic mean of the two, 2 right / (support + predicted), in [0, 1]; null without examples. */
  f1: number | null;
}

export interface Scores {
  precision: number;
  recall: number;
  f1: number;
}

/**
 * Means over the classes that have examples; a precision of a class that is never predicted counts as 0, as in
 * scikit-learn's classification report.
 */
export interface ClassAverages {
  /** Every class alike. */
  macro: Scores;
  /** Each class by its support. */
  weighted: Scores;
  /** Mean recall, in [0, 1]: accuracy if every class were as frequent. */
  balancedAccuracy: number;
}

/**
 * Scores of each class.
 * @param confusion  counts [true class][predicted class]
 * @param names      of the classes, as many
 */
export function classScores(
  confusion: readonly (readonly number[])[],
  names: readonly string[],
): ClassScore[] {
  return confusion.map((row, i) => {
    const right = row[i];
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[i], 0);
    const there = support > 0;
    return {
      class: names[i],
      support,
      predicted,
      precision: there && predicted > 0 ? right / predicted : null,
      recall: there ? right / support : null,
      f1: there ? (2 * right) / (support + predicted) : null,
    };
  });
}

/** @throws RangeError  where no class has an example */
export function classAverages(perClass: readonly ClassScore[]): ClassAverages {
  const there = perClass.filter(({ support }) => support > 0);
  if (there.length === 0) throw new RangeError('classAverages: no class has an example');
  const all = there.reduce((sum, { support }) => sum + support, 0);
  const scores = (weight: (score: ClassScore) => number): Scores => {
    const mean = (of: 'precision' | 'recall' | 'f1'): number =>
      there.reduce((sum, score) => sum + weight(score) * (score[of] ?? 0), 0);
    return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
  };
  const macro = scores(() => 1 / there.length);
  return { macro, weighted: scores(({ support }) => support / all), balancedAccuracy: macro.recall };
}
