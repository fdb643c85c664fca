import { withDefaults } from '../options.js';
import type { Task } from '../tasks/task.js';
import { checkCount, checkNumber } from './check.js';

export interface TrainOptions {
  /** Passes over the training set. Default 1, unless `steps` is given. */
  epochs?: number;
  /** Optimiser steps, instead of `epochs`. */
  steps?: number;
  /** Examples a step; the last step of an epoch takes the rest. Default 50. */
  batch?: number;
  /** Highest learning rate. Default 0.01. */
  learningRate?: number;
  /** Decoupled weight decay. Default 0.01. */
  weightDecay?: number;
  /** Steps of linear warm-up. Default 0. */
  warmup?: number;
  /** Seed of the order of examples and of the dropout masks. Default 0. */
  seed?: number;
  /** When to evaluate on the validation set: after each epoch, each so many steps, or never. Default 'epoch'. */
  evaluate?: 'epoch' | number | false;
  /** Evaluate on the first so many validation examples. Default all. */
  validationExamples?: number;
  /** Called after each step, and once more where the run ends early. Awaited. */
  onStep?: (event: StepEvent) => void | Promise<void>;
  /**
   * Ends the run between two steps, or in an evaluation; `train` then returns what there is. Default: in a notebook,
   * the signal of the running cell.
   */
  signal?: AbortSignal;
}

/** The options of a run as it took place, defaults filled in. Plain data. */
export type RunOptions = Required<Omit<TrainOptions, 'onStep' | 'signal'>>;

export interface StepRecord {
  /** Counted from 1. */
  step: number;
  /** Counted from 1. */
  epoch: number;
  /** Mean cross-entropy of the batch before the step, in nats. */
  loss: number;
  /** Share of the batch classified rightly before the step. */
  accuracy: number;
  learningRate: number;
  milliseconds: number;
}

export interface EpochRecord {
  epoch: number;
  /** Steps done. */
  step: number;
  /** Means over the training examples since the record before, as they were met. */
  trainLoss: number;
  trainAccuracy: number;
  /** null where the run does not evaluate. */
  validationLoss: number | null;
  validationAccuracy: number | null;
  /** Since the start of the run. */
  seconds: number;
}

export interface StepEvent extends StepRecord {
  /** Steps and epochs of the whole run. */
  steps: number;
  epochs: number;
  /** The latest record of `Run.epochs`, null before the first. */
  evaluation: EpochRecord | null;
  /** How the run ended, null while it goes on. */
  end: 'done' | 'aborted' | 'failed' | null;
}

/** What `train` returns: plain data, one record a step and one an evaluation. */
export interface Run {
  options: RunOptions;
  steps: StepRecord[];
  epochs: EpochRecord[];
  seconds: number;
  /** Whether the signal ended the run before its last step and evaluation. */
  aborted: boolean;
}

/** Checks the options against the task and fills in what was left out. */
export function runOptions(
  task: Task,
  options: TrainOptions,
): RunOptions & Pick<TrainOptions, 'onStep' | 'signal'> {
  const filled = withDefaults('train', options, {
    epochs: undefined,
    steps: undefined,
    batch: 50,
    learningRate: 0.01,
    weightDecay: 0.01,
    warmup: 0,
    seed: 0,
    evaluate: 'epoch',
    validationExamples: undefined,
    onStep: undefined,
    signal: undefined,
  } as TrainOptions) as Required<TrainOptions>;
  const { batch, evaluate, warmup } = filled;
  if (options.epochs !== undefined && options.steps !== undefined) {
    throw new TypeError('train: give epochs or steps, not both');
  }
  if (task.train.size === 0)
    throw new RangeError('train: the training set must hold at least one example, it is empty');
  checkCount('train', 'batch', batch, 1);
  if (batch > task.train.size) {
    throw new RangeError(
      `train: batch must be at most the ${task.train.size} training examples, got ${batch}`,
    );
  }
  if (filled.epochs !== undefined) checkCount('train', 'epochs', filled.epochs, 1);
  if (filled.steps !== undefined) checkCount('train', 'steps', filled.steps, 1);
  const stepsPerEpoch = Math.ceil(task.train.size / batch);
  const epochs = filled.epochs ?? (filled.steps === undefined ? 1 : Math.ceil(filled.steps / stepsPerEpoch));
  const steps = filled.steps ?? epochs * stepsPerEpoch;
  checkCount('train', 'warmup', warmup, 0);
  if (warmup > steps)
    throw new RangeError(`train: warmup must be at most the run's ${steps} steps, got ${warmup}`);
  checkNumber('train', 'learningRate', filled.learningRate, 0);
  checkNumber('train', 'weightDecay', filled.weightDecay, 0);
  if (evaluate !== 'epoch' && evaluate !== false) {
    if (typeof evaluate !== 'number') {
      throw new TypeError(`train: evaluate must be 'epoch', a number of steps or false, got ${evaluate}`);
    }
    checkCount('train', 'evaluate', evaluate, 1);
  }
  if (evaluate !== false && task.validation.size === 0) {
    throw new RangeError('train: the task has no validation examples (pass evaluate: false)');
  }
  const validationExamples = filled.validationExamples ?? task.validation.size;
  if (evaluate !== false) {
    checkCount('train', 'validationExamples', validationExamples, 1);
    if (validationExamples > task.validation.size) {
      throw new RangeError(
        `train: validationExamples must be at most the task's ${task.validation.size}, got ${validationExamples}`,
      );
    }
  }
  return { ...filled, epochs, steps, validationExamples };
}
