import type { InputKind } from '../layers/heads.js';
import type { Model } from '../layers/model.js';
import { withDefaults } from '../options.js';
import { standardised } from '../tasks/preparation.js';
import * as tf from '../tf.js';
import { checkCount } from '../train/check.js';
import { trainedOn } from '../train/trained-on.js';
import { rowsOf, type Sequences, widthOf } from './predict-input.js';

export interface PredictOptions {
  /** True length of each sequence of a tensor. Default L. Lists have their own lengths. */
  lengths?: ArrayLike<number>;
  /** Whether the inputs are prepared already, as a task's are: nothing is subtracted or divided then. Default false. */
  prepared?: boolean;
  /** Sequences at once. Default 100. */
  batch?: number;
}

/** What a model says of one sequence. Plain data. */
export interface Prediction {
  /** Name of the most probable class; its number as text where the classes have no names. */
  class: string;
  /** Number of that class. */
  number: number;
  /** Of every class by name, in [0, 1]; they add up to 1. */
  probabilities: Record<string, number>;
}

/**
 * What a model says of new sequences. Raw inputs are prepared as those the model was trained on, which a trained model and one
 * from a checkpoint know (`trainedOn`): each channel less its mean and divided by its deviation, if the task did so.
 * @param model  one answer a sequence
 * @param x  the sequences: float32 [n, L, size] or [n, L] of one channel, token numbers int32 [n, L]; or a list of sequences of
 *   any length, each a list of rows or of numbers one after the other, row-major
 * @returns  a prediction a sequence, in order
 * @throws TypeError, RangeError  for inputs of another form than the model's, or a model with an answer a step
 * @example
 *   const model = loadModel('runs/beats');
 *   predict(model, [[0.1, 0.4, 0.3], [0.2, 0.2, 0.1]])[0].class;
 */
export function predict(
  model: Model & { readonly config?: unknown },
  x: Sequences,
  options: PredictOptions = {},
): Prediction[] {
  const known = trainedOn(model);
  if (known?.targets === 'real') {
    throw new TypeError('predict: the model says numbers and no class (use predictNumbers)');
  }
  return outputsOf('predict', model, x, options).map((logits) => {
    const names = known?.classNames ?? Array.from(logits, (_, number) => String(number));
    if (names.length !== logits.length) {
      throw new RangeError(
        `predict: the model has ${logits.length} classes, its data had ${names.length} names`,
      );
    }
    return predictionOf(logits, names);
  });
}

/**
 * The numbers that a model of `targets: 'real'` says of new sequences, prepared and given as `predict` does, in the units of
 * the data it was trained on.
 * @returns  the numbers of each sequence, in order
 * @throws TypeError, RangeError  as `predict`; for a model of classes
 */
export function predictNumbers(
  model: Model & { readonly config?: unknown },
  x: Sequences,
  options: PredictOptions = {},
): number[][] {
  const known = trainedOn(model);
  if (known && known.targets !== 'real') {
    throw new TypeError('predictNumbers: the model says classes (use predict)');
  }
  const scale = known?.preparation?.targets;
  return outputsOf('predictNumbers', model, x, options).map((row) =>
    Array.from(row, (value, i) => (scale ? value * scale.deviation[i] + scale.mean[i] : value)),
  );
}

/** What the model gives for each sequence. */
function outputsOf(
  where: string,
  model: Model & { readonly config?: unknown },
  x: Sequences,
  options: PredictOptions,
): Float32Array[] {
  const { lengths, prepared, batch } = withDefaults<Filled>(where, options, {
    lengths: undefined,
    prepared: false,
    batch: 100,
  });
  checkCount(where, 'batch', batch, 1);
  const inputs = inputsOf(model.config);
  const preparation = trainedOn(model)?.preparation;
  const rows = rowsOf(x, inputs, lengths).map((values) =>
    prepared || !preparation || inputs.kind === 'tokens'
      ? values
      : standardised(where, values, inputs.size, preparation),
  );
  const outputs: Float32Array[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    outputs.push(...batchOf(model, rows.slice(start, start + batch), inputs));
  }
  return outputs;
}

type Filled = PredictOptions & Required<Pick<PredictOptions, 'prepared' | 'batch'>>;

/** @throws TypeError  for a model that predictions cannot be made of */
function inputsOf(config: unknown): InputKind {
  const { inputs, pool, pairs } = Object(config) as { inputs?: InputKind; pool?: string; pairs?: boolean };
  if (typeof inputs !== 'object') {
    throw new TypeError('predict: the model must be a spikingSSM (use model.apply)');
  }
  if (pool === 'none') {
    throw new TypeError(
      "predict: the model answers at every step (pool 'none'); use model.apply, or validate and perplexity on text",
    );
  }
  if (pairs) throw new TypeError('predict: the model reads pairs of sequences (use model.apply)');
  return inputs;
}

function batchOf(model: Model, rows: readonly Float32Array[], inputs: InputKind): Float32Array[] {
  const width = widthOf(inputs);
  const lengths = Int32Array.from(rows, (row) => row.length / width);
  const L = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const padded = new Float32Array(rows.length * L * width);
  rows.forEach((row, i) => {
    padded.set(row, i * L * width);
  });
  const varies = lengths.some((length) => length !== L);
  const logits = tf.tidy(() => {
    const x =
      inputs.kind === 'tokens'
        ? tf.tensor2d(Int32Array.from(padded), [rows.length, L], 'int32')
        : tf.tensor3d(padded, [rows.length, L, width]);
    return model.apply(x, varies ? { lengths } : {}).dataSync<'float32'>();
  });
  const classes = logits.length / rows.length;
  return rows.map((_, i) => logits.subarray(i * classes, (i + 1) * classes));
}

function predictionOf(logits: Float32Array, names: readonly string[]): Prediction {
  const highest = logits.reduce((most, one) => Math.max(most, one));
  const weights = Array.from(logits, (one) => Math.exp(one - highest));
  const sum = weights.reduce((total, one) => total + one);
  const number = logits.indexOf(highest);
  const probabilities = Object.fromEntries(names.map((name, i) => [name, weights[i] / sum]));
  return { class: names[number], number, probabilities };
}
