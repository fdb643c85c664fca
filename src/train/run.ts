import type { RunOptions } from './options.js';

export interface StepRecord {
  /** Counted from 1. */
  step: number;
  /** Counted from 1. */
  epoch: number;
  /**
   * Mean cross-entropy of the batch before the step, in nats, without any rate penalty; where numbers are learnt their mean
   * squared error, in squares of the training set's deviation.
   */
  loss: number;
  /** Share of the batch classified rightly before the step; null where numbers are learnt. */
  accuracy: number | null;
  /**
   * Spiking rate in the batch before the step, in [0, 1]: mean over examples, layers and neurons. null where nothing
   * spikes. With dropout an estimate, from the spikes it lets through.
   */
  rate: number | null;
  /** Length of the gradient of all parameters together, before clipping. */
  gradientNorm: number;
  learningRate: number;
  /** Steps of the batch's sequences, padding not counted. */
  tokens: number;
  milliseconds: number;
}

export interface EpochRecord {
  epoch: number;
  /** Steps done. */
  step: number;
  /** Means over the training examples since the record before, as they were met. */
  trainLoss: number;
  trainAccuracy: number | null;
  /** null where the run does not evaluate; of numbers the accuracy always. */
  validationLoss: number | null;
  validationAccuracy: number | null;
  /** R², where numbers are learnt: 1 less the error's share of the variance, the mean over outputs. */
  validationR2?: number | null;
  /** Since the start of the run, of the time it was running. */
  seconds: number;
}

export interface StepEvent extends StepRecord {
  /** Steps and epochs of the whole run. */
  steps: number;
  epochs: number;
  /** The latest record of `Run.epochs`, null before the first. */
  evaluation: EpochRecord | null;
  /** How the run ended, null while it goes on; `stopped` is an early stop. */
  end: 'done' | 'stopped' | 'aborted' | 'failed' | null;
  /** With the end of a run: the step whose weights it leaves (`Run.modelStep`); null while it goes on, and where it failed. */
  modelStep: number | null;
}

/** What `train` returns: plain data, one record a step and one an evaluation. */
export interface Run {
  options: RunOptions;
  steps: StepRecord[];
  epochs: EpochRecord[];
  seconds: number;
  /** Whether the signal ended the run before its last step and evaluation. */
  aborted: boolean;
  /** Whether it ended early because evaluations no longer got better (`patience`). */
  stopped: boolean;
  /** The step whose weights it leaves: that of the best evaluation, or the last (`keep`). */
  modelStep: number;
}

/** The step whose weights a run leaves. */
export function modelStepOf({ options, steps, epochs }: Pick<Run, 'options' | 'steps' | 'epochs'>): number {
  const best = options.keep === 'last' ? undefined : bestEvaluation(epochs);
  return best?.step ?? steps.length;
}

/** The best evaluation: highest validation accuracy, of equal ones (or of numbers) lowest loss, of equal ones the first. */
export function bestEvaluation(epochs: readonly EpochRecord[]): EpochRecord | undefined {
  return epochs
    .filter(({ validationLoss }) => validationLoss !== null)
    .reduce<EpochRecord | undefined>(
      (best, next) => (!best || isBetter(next, best) ? next : best),
      undefined,
    );
}

function isBetter(a: EpochRecord, b: EpochRecord): boolean {
  const [accuracy, other] = [a.validationAccuracy ?? 0, b.validationAccuracy ?? 0];
  return accuracy > other || (accuracy === other && a.validationLoss! < b.validationLoss!);
}

/** Whether the last `patience` evaluations all were worse than one before them. */
export function hasStalled(epochs: readonly EpochRecord[], patience: number | false): boolean {
  const best = bestEvaluation(epochs);
  return patience !== false && best !== undefined && epochs.length - 1 - epochs.indexOf(best) >= patience;
}
