import type { Model } from '../layers/model.js';
import type { Batch } from '../tasks/task.js';
import { type ClassAverages, type ClassScore, classAverages, classScores } from './class-scores.js';

/** What a model answered, held against what was right. Plain data; null for what does not apply. */
export interface Answers {
  /**
   * Number of the class that the model says of each example, in stored order, and of the true one. null for a model
   * that answers at every step (a language model), of which there are too many.
   */
  predictions: number[] | null;
  labels: number[] | null;
  /** The model's probability of the class that it says, of each example, in [0, 1]. */
  confidences: number[] | null;
  /** Of every class of each example, in [0, 1], where `keepProbabilities` asks for them. */
  probabilities: number[][] | null;
  /** Names of the classes; null as `confusion`. */
  classNames: string[] | null;
  /**
   * How many answers of each class were taken for each: counts [true class][predicted class]. null for more than 1,000
   * classes, and where the head finds the loss without the probabilities of all.
   */
  confusion: number[][] | null;
  /** One entry a class, and their averages; null as `confusion`. */
  perClass: ClassScore[] | null;
  averages: ClassAverages | null;
}

export interface AnswerCounter {
  /** The same model, whose answers are looked at. */
  model: Model;
  /** Holds the last answers against a batch whose labels were found to be classes of the model. */
  add(batch: Batch): void;
  /** @throws RangeError  `evaluate: classNames must name the model's 3 classes, got 2 names` */
  found(): Answers;
}

/** A table of more classes says nothing to a reader, and holds a million counts. */
const MOST_CLASSES = 1000;

/**
 * Looks at a model's answers while they are made, batch by batch.
 * @param given  names of the classes
 * @param known  names that the model was trained with, in place of `given`
 */
export function answerCounter(
  model: Model,
  keepProbabilities: boolean,
  given?: readonly string[],
  known?: readonly string[],
): AnswerCounter {
  let logits: { values: Float32Array; classes: number } | undefined;
  let confusion: number[][] | undefined;
  const [predictions, labels, confidences]: number[][] = [[], [], []];
  const probabilities: number[][] = [];
  let eachStep = false;
  return {
    model: {
      parameters: model.parameters,
      buffers: model.buffers,
      lossHead: model.lossHead,
      group: (name) => model.group(name),
      dispose: () => model.dispose(),
      apply: (x, options) => {
        const given = model.apply(x, options);
        const classes = given.shape[given.rank - 1] as number;
        const whole = model.lossHead === undefined && classes <= MOST_CLASSES;
        logits = whole ? { values: given.dataSync<'float32'>().slice(), classes } : undefined;
        return given;
      },
    },
    add: ({ y, lengths }) => {
      if (!logits || y.dtype !== 'int32') return;
      const { values, classes } = logits;
      confusion ??= Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      eachStep ||= y.rank === 2;
      const L = y.rank === 2 ? (y.shape[1] as number) : 1;
      for (const [i, label] of y.dataSync<'int32'>().entries()) {
        // What lies behind a sequence's end is no answer.
        if (y.rank === 2 && lengths && i % L >= lengths[Math.floor(i / L)]) continue;
        const own = values.subarray(i * classes, (i + 1) * classes);
        const best = firstLargest(own);
        confusion[label][best]++;
        if (eachStep) continue;
        const sum = own.reduce((total, one) => total + Math.exp(one - own[best]), 0);
        predictions.push(best);
        labels.push(label);
        confidences.push(1 / sum);
        if (keepProbabilities) {
          probabilities.push(Array.from(own, (one) => Math.exp(one - own[best]) / sum));
        }
      }
    },
    found: () => {
      const classNames = confusion ? namesOf(confusion.length, given, known) : null;
      const perClass = confusion && classNames ? classScores(confusion, classNames) : null;
      const each = confusion !== undefined && !eachStep;
      return {
        predictions: each ? predictions : null,
        labels: each ? labels : null,
        confidences: each ? confidences : null,
        probabilities: each && keepProbabilities ? probabilities : null,
        classNames,
        confusion: confusion ?? null,
        perClass,
        averages: perClass && classAverages(perClass),
      };
    },
  };
}

/** As the loss counts what is right: of several largest logits the first. */
function firstLargest(values: Float32Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c] > values[best]) best = c;
  return best;
}

/** Classes beyond those that the training data had names for are named by their numbers. */
function namesOf(classes: number, given?: readonly string[], known: readonly string[] = []): string[] {
  if (given && given.length !== classes) {
    throw new RangeError(
      `evaluate: classNames must name the model's ${classes} classes, got ${given.length} names`,
    );
  }
  return Array.from({ length: classes }, (_, number) => (given ?? known)[number] ?? String(number));
}
