import { evaluate } from '../analysis/evaluate.js';
import type { SpikingSSMOptions } from '../layers/config.js';
import type { Model } from '../layers/model.js';
import { spikingSSM } from '../layers/spiking-ssm.js';
import type { Task } from '../tasks/task.js';
import { train } from '../train/loop.js';
import type { RunHandling, TrainOptions } from '../train/options.js';
import type { EpochRecord, StepEvent } from '../train/run.js';

/** What is trained on what, and how; the seeds come apart. */
export interface TrialConfig {
  task: Task;
  model: Omit<SpikingSSMOptions, 'seed' | 'training'>;
  training: Omit<TrainOptions, 'seed' | keyof RunHandling>;
}

/** One layer of a trained model on the test set. Rates are spikes per neuron and step, in [0, 1]. */
export interface TrialLayer {
  rate: number;
  /** Of each neuron [H], and at each step [L]. */
  channelRates: number[];
  timeRates: number[];
  /** How many sequences reach each step [L]; results kept by earlier versions have none. */
  sequences?: number[];
  /** Neurons that never spiked, and that spiked at every step. */
  silent: number;
  saturated: number;
}

/** Thresholds v_th of every layer after so many steps: smallest, median and largest of the layer. */
export interface ThresholdRecord {
  step: number;
  layers: { low: number; middle: number; high: number }[];
}

/** What came out of one training. Plain data. */
export interface TrialResult {
  /** On the test set: share classified rightly in [0, 1], cross-entropy in nats, spikes per neuron and step. */
  accuracy: number;
  loss: number;
  rate: number;
  layers: TrialLayer[];
  /** A sample's effective operations. */
  operations: { dense: number; macs: number; acs: number } | null;
  epochs: EpochRecord[];
  thresholds: ThresholdRecord[];
  steps: number;
  /** Median time of a training step, milliseconds. */
  stepMilliseconds: number;
  /** Training and evaluation together. */
  seconds: number;
}

/** How often thresholds are looked at in a run. */
const LOOKS = 20;

/** Trains a model with one seed and evaluates it on the test set. @throws the signal's reason where it stops the run */
export async function trial(
  { task, model: options, training }: TrialConfig,
  seed: number,
  { onStep, signal }: Pick<TrainOptions, 'onStep' | 'signal'>,
): Promise<TrialResult> {
  if (task.targets === 'real')
    throw new TypeError('repeat: the task has numbers to learn and no accuracy (use train and evaluate)');
  const begun = performance.now();
  const model = spikingSSM({ ...options, seed });
  try {
    const thresholds = [thresholdsOf(model, 0)];
    const watch = async (event: StepEvent): Promise<void> => {
      if (event.step % Math.ceil(event.steps / LOOKS) === 0 || event.end !== null) {
        thresholds.push(thresholdsOf(model, event.step));
      }
      await onStep?.(event);
    };
    const run = await train(model, task, { ...training, seed, onStep: watch, signal });
    if (run.aborted) throw signal?.reason ?? new Error('trial: the run was stopped');
    const report = await evaluate(model, task.test, { keepSpikes: 0, signal });
    const times = run.steps.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    return {
      accuracy: report.accuracy as number,
      loss: report.loss,
      rate: report.rate,
      layers: report.layers.map(({ rate, channelRates, timeRates, sequences, silent, saturated }) => ({
        rate,
        channelRates: [...channelRates],
        timeRates: [...timeRates],
        sequences: [...sequences],
        silent,
        saturated,
      })),
      operations: report.operations?.total ?? null,
      epochs: run.epochs,
      thresholds,
      steps: run.steps.length,
      stepMilliseconds: times[Math.floor(times.length / 2)],
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    model.dispose();
  }
}

function thresholdsOf({ parameters, buffers }: Model, step: number): ThresholdRecord {
  const layers = Object.entries({ ...buffers, ...parameters })
    .filter(([name]) => name.endsWith('.ln_vth'))
    .map(([name, variable]) => ({ layer: Number(/\.(\d+)\./.exec(name)?.[1]), variable }))
    .sort((a, b) => a.layer - b.layer)
    .map(({ variable }) => {
      const v_th = variable.dataSync<'float32'>().map(Math.exp).sort();
      return { low: v_th[0], middle: v_th[Math.floor(v_th.length / 2)], high: v_th[v_th.length - 1] };
    });
  return { step, layers };
}
