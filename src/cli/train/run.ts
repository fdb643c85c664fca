import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestReport, testRun } from '../../analysis/test-report.js';
import { type BackendName, useBackend } from '../../backend/index.js';
import { type SpikingSSM, spikingSSM } from '../../layers/spiking-ssm.js';
import type { Scale } from '../../recipes/index.js';
import type { Task } from '../../tasks/task.js';
import { shippedCurve, watchCurve } from '../../train/curve.js';
import { train } from '../../train/loop.js';
import { runOptions, type TrainOptions } from '../../train/options.js';
import { progress } from '../../train/progress.js';
import type { StepEvent } from '../../train/run.js';
import { runConfig } from '../../train/run-config.js';
import { RUN_FILES } from '../../train/run-folder.js';
import { trainingData } from './data.js';
import { withFittingWarmup } from './settings.js';
import { testProgress } from './test-progress.js';

export interface TrainingFlags {
  scale: Scale;
  seed: number;
  /** `key=value` pairs. */
  set: readonly string[];
  folder: string;
  resume?: boolean;
  backend: BackendName | 'auto';
  /** Where the classes of a file of one's own are. */
  label?: string;
  signal: AbortSignal;
}

/**
 * Trains a recipe, or a model on data of the user's own, in a folder and evaluates it.
 * @param name  of the recipe, or path of the data
 * @returns whether it came to its end
 */
export async function runTraining(name: string, flags: TrainingFlags): Promise<boolean> {
  const { scale, seed, folder, resume, signal } = flags;
  const data = trainingData(name, flags);
  const { name: backend, reason } = await useBackend(flags.backend);
  say(`Training ${name} at scale ${scale}, seed ${seed}, on ${backend} (${reason}), in ${folder}`);
  if (resume && !existsSync(join(folder, RUN_FILES.config)))
    say('There is no run to go on with: a new one begins.');
  const task = await data.task();
  const { model: options, training: wanted } = data.settings(task);
  const { training, said } = withFittingWarmup(wanted, flags.set, task.train.size);
  if (said) say(said);
  for (const note of task.notes ?? []) say(`Note: ${note}`);
  const model = spikingSSM({ ...options, seed });
  const show = progress();
  const watch = curveWatcher(model, task, { ...training, seed }, `${name}-${scale}`);
  const onStep = async (event: StepEvent): Promise<void> => {
    await show(event);
    watch?.(event);
  };
  const run = await train(model, task, { ...training, seed, folder, resume, signal, onStep });
  if (run.aborted) {
    say(`Saved after step ${run.steps.length} in ${folder}; the same command with --resume goes on.`);
    return false;
  }
  if (run.stopped) say('Stopped early: the evaluations no longer got better.');
  if (task.test.size === 0) {
    say(`There are no test examples; the trained model is in ${folder}.`);
    return true;
  }
  const test = testProgress();
  try {
    const report = await testRun({ ...run, folder }, model, task, { signal, onBatch: test.show });
    test.end();
    say(lineOf(report));
  } catch (error) {
    test.end();
    if (error !== signal.reason) throw error;
    say(`The trained model is in ${folder}; the same command with --resume evaluates it.`);
    return false;
  }
  return true;
}

/** Holds the run against the recipe's curve, where there is one of just these options. */
function curveWatcher(
  model: SpikingSSM,
  task: Task,
  options: TrainOptions,
  name: string,
): ((event: StepEvent) => void) | undefined {
  const curve = shippedCurve(name, runConfig(model, task, runOptions(task, options).settings));
  return curve && watchCurve(curve);
}

function lineOf({ accuracy, r2, loss, perplexity, examples, rate, step, chance }: TestReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const spikes = rate === null ? 'no spikes' : `spiking rate ${percent(rate)}`;
  if (accuracy === null || chance === null) {
    const explained = r2 == null ? 'not defined' : r2.toFixed(4);
    return `Test R² ${explained}, error ${Math.sqrt(loss).toFixed(4)} deviations (root mean square) of ${examples} examples, ${spikes}; model of step ${step}`;
  }
  const surprise = perplexity === null ? '' : `perplexity ${perplexity.toFixed(2)}, `;
  return `Test ${surprise}accuracy ${percent(accuracy)} of ${examples} examples (chance ${percent(chance)}), ${spikes}; model of step ${step}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
