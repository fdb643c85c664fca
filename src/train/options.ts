import { unknownName, withDefaults } from '../options.js';
import type { Task } from '../tasks/task.js';
import { checkCount, checkNumber } from './check.js';
import { classWeightsOf } from './class-weights.js';
import type { LossTerms } from './loss.js';
import type { StepEvent } from './run.js';

export interface TrainOptions {
  /** Passes over the training set. Default 1, unless `steps` is given. */
  epochs?: number;
  /** Optimiser steps, instead of `epochs`. */
  steps?: number;
  /** Examples a step; the last step of an epoch takes the rest. Default 50, or all where there are fewer. */
  batch?: number;
  /**
   * Examples whose signals are in memory at once: each batch is worked through in parts of so many, whose gradients
   * are added up. Default the whole batch. The step is that of the whole batch to rounding, with three exceptions: batch
   * norm takes its statistics over each part, dropout draws its masks part by part, and the rate penalty holds its target
   * against the rate of each part.
   */
  microBatch?: number;
  /** Highest learning rate. Default 0.01. */
  learningRate?: number;
  /** Decoupled weight decay. Default 0.01. */
  weightDecay?: number;
  /** Steps of linear warm-up. Default 0. */
  warmup?: number;
  /** Longest the gradient of all parameters together may be: a longer one is scaled down to it. Default false. */
  clip?: number | false;
  /** Nats added to the loss for each unit of spiking rate above `rateTarget`. Default 0. */
  ratePenalty?: number;
  /** Spiking rate, in [0, 1], up to which nothing is added to the loss. Default 0. */
  rateTarget?: number;
  /**
   * Weight of each class in the loss: by number, by name, or 'balanced' (examples / (classes * those of the class), of the
   * training set). The validation loss stays the plain one. Default all 1.
   */
  classWeights?: 'balanced' | readonly number[] | Readonly<Record<string, number>>;
  /** Share of each answer that is spread over all classes alike in the training loss, in [0, 1). Default 0. */
  labelSmoothing?: number;
  /** Seed of the order of examples and of the dropout masks. Default 0. */
  seed?: number;
  /** When to evaluate on the validation set: after each epoch, each so many steps, or never. Default 'epoch'. */
  evaluate?: 'epoch' | number | false;
  /** Evaluate on the first so many validation examples. Default all. */
  validationExamples?: number;
  /** End the run after so many evaluations in a row that were not the best so far. Default false. */
  patience?: number | false;
  /**
   * Which weights the run leaves, in the model as in its folder for `loadRun`: those of the best evaluation (highest accuracy,
   * then lowest loss), or of the last step. A run that never evaluated leaves the last. Default 'best'.
   */
  keep?: 'best' | 'last';
  /**
   * Batches of the training set over which batch norm's running statistics are taken anew before each evaluation, and at the
   * run's end; `false` evaluates with those that training leaves, which lag behind the weights. Changes no step of the run,
   * and nothing of a model without batch norm. Default 20.
   */
  recalibrate?: number | false;
  /**
   * Folder of the run: `config.json`, `metrics.jsonl`, and the checkpoints `last.safetensors`, from which it goes on, and,
   * of the best evaluation, `best.safetensors`. Default none.
   */
  folder?: string;
  /** Go on with the run in `folder`, bit for bit as if it had never stopped; begins it where there is none. Default false. */
  resume?: boolean;
  /** Steps between two checkpoints. Default: five minutes. Each evaluation and the end of a run make one anyway. */
  checkpoint?: number;
  /**
   * Steps whose numbers are read together. Default 1, and 10 on `tensorflow`, where a read waits for the device; hooks
   * and records then hear of steps in groups. It changes none of the numbers.
   */
  readEvery?: number;
  /** Called after each step, and once more where the run ends early. Awaited. */
  onStep?: (event: StepEvent) => void | Promise<void>;
  /**
   * Ends the run between two steps, or in an evaluation; `train` then returns what there is. Default: in a notebook,
   * the signal of the running cell.
   */
  signal?: AbortSignal;
}

/** What decides where and how a run is kept and shown, and nothing of its numbers. */
export type RunHandling = Pick<
  TrainOptions,
  'folder' | 'resume' | 'checkpoint' | 'readEvery' | 'onStep' | 'signal'
>;

/** The options that decide a run's numbers, defaults filled in. Plain data. */
export type RunOptions = Required<Omit<TrainOptions, keyof RunHandling | keyof LossTerms>> & LossTerms;

/** Examples a step where nothing is said and there are as many. */
export const DEFAULT_BATCH = 50;

const DEFAULTS: TrainOptions = {
  epochs: undefined,
  steps: undefined,
  batch: undefined,
  microBatch: undefined,
  learningRate: 0.01,
  weightDecay: 0.01,
  warmup: 0,
  clip: false,
  ratePenalty: 0,
  rateTarget: 0,
  classWeights: undefined,
  labelSmoothing: undefined,
  seed: 0,
  evaluate: 'epoch',
  validationExamples: undefined,
  patience: false,
  keep: 'best',
  recalibrate: 20,
  folder: undefined,
  resume: false,
  checkpoint: undefined,
  readEvery: undefined,
  onStep: undefined,
  signal: undefined,
};

export const TRAIN_OPTIONS: readonly string[] = Object.keys(DEFAULTS);

/** Checks the options against the task and fills in what was left out. */
export function runOptions(
  task: Task,
  options: TrainOptions,
): { settings: RunOptions; handling: RunHandling } {
  const { classWeights: _, labelSmoothing: _smoothing, ...given } = withDefaults('train', options, DEFAULTS);
  const { folder, resume, checkpoint, readEvery, onStep, signal, ...filled } = given as RunHandling &
    Omit<RunOptions, keyof LossTerms>;
  if (options.epochs !== undefined && options.steps !== undefined) {
    throw new TypeError('train: give epochs or steps, not both');
  }
  if (task.train.size === 0)
    throw new RangeError('train: the training set must hold at least one example, it is empty');
  const batch = filled.batch ?? Math.min(DEFAULT_BATCH, task.train.size);
  checkCount('train', 'batch', batch, 1);
  checkAtMost('batch', batch, task.train.size, 'training examples');
  const microBatch = filled.microBatch ?? batch;
  checkCount('train', 'microBatch', microBatch, 1);
  checkAtMost('microBatch', microBatch, batch, 'examples of a batch');
  if (filled.epochs !== undefined) checkCount('train', 'epochs', filled.epochs, 1);
  if (filled.steps !== undefined) checkCount('train', 'steps', filled.steps, 1);
  const stepsPerEpoch = Math.ceil(task.train.size / batch);
  const epochs = filled.epochs ?? (filled.steps === undefined ? 1 : Math.ceil(filled.steps / stepsPerEpoch));
  const steps = filled.steps ?? epochs * stepsPerEpoch;
  checkCount('train', 'warmup', filled.warmup, 0);
  if (filled.warmup > steps)
    throw new RangeError(`train: warmup must be at most the run's ${steps} steps, got ${filled.warmup}`);
  for (const name of ['learningRate', 'weightDecay', 'ratePenalty', 'rateTarget'] as const) {
    checkNumber('train', name, filled[name], 0);
  }
  if (filled.clip !== false && !(filled.clip > 0 && filled.clip < Infinity)) {
    throw new RangeError(`train: clip must be a finite number above 0 or false, got ${filled.clip}`);
  }
  if (filled.keep !== 'best' && filled.keep !== 'last')
    throw unknownName('train', 'keep', filled.keep, ['best', 'last']);
  if (filled.recalibrate !== false) checkCount('train', 'recalibrate', filled.recalibrate, 1);
  const validationExamples = checkEvaluation(task, filled);
  if (resume && folder === undefined) throw new TypeError('train: resume needs the folder of the run');
  if (checkpoint !== undefined) checkCount('train', 'checkpoint', checkpoint, 1);
  if (readEvery !== undefined) checkCount('train', 'readEvery', readEvery, 1);
  const settings = {
    ...filled,
    batch,
    epochs,
    steps,
    microBatch,
    validationExamples,
    ...lossTerms(task, options),
  };
  return { settings, handling: { folder, resume, checkpoint, readEvery, onStep, signal } };
}

/** Only what is not the plain loss, so that runs that knew no other stay what they are. */
function lossTerms(task: Task, { classWeights, labelSmoothing = 0 }: TrainOptions): LossTerms {
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`train: labelSmoothing must be in [0, 1), got ${labelSmoothing}`);
  }
  if (labelSmoothing > 0 && task.targets === 'real')
    throw new TypeError('train: labelSmoothing is for classes, the task has numbers to learn');
  const weights = classWeightsOf(task, classWeights);
  return { ...(weights && { classWeights: weights }), ...(labelSmoothing > 0 && { labelSmoothing }) };
}

/** @returns how many validation examples an evaluation takes */
function checkEvaluation(task: Task, { evaluate, patience, ...options }: RunOptions): number {
  const examples = options.validationExamples ?? task.validation.size;
  if (evaluate === false) {
    if (patience !== false)
      throw new TypeError('train: patience needs evaluations (pass evaluate, or patience: false)');
    return examples;
  }
  if (evaluate !== 'epoch') {
    if (typeof evaluate !== 'number') {
      throw new TypeError(`train: evaluate must be 'epoch', a number of steps or false, got ${evaluate}`);
    }
    checkCount('train', 'evaluate', evaluate, 1);
  }
  if (patience !== false) checkCount('train', 'patience', patience, 1);
  if (task.validation.size === 0) {
    throw new RangeError('train: the task has no validation examples (pass evaluate: false)');
  }
  checkCount('train', 'validationExamples', examples, 1);
  if (examples > task.validation.size) {
    throw new RangeError(
      `train: validationExamples must be at most the task's ${task.validation.size}, got ${examples}`,
    );
  }
  return examples;
}

function checkAtMost(name: string, value: number, most: number, of: string): void {
  if (value > most) throw new RangeError(`train: ${name} must be at most the ${most} ${of}, got ${value}`);
}
