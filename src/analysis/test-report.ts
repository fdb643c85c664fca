import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import type { Model } from '../layers/model.js';
import type { Task } from '../tasks/task.js';
import { loadCheckpoint } from '../train/checkpoint.js';
import { perplexity } from '../train/language.js';
import type { StoredRun } from '../train/read-run.js';
import { trainedCheckpoint } from '../train/run-folder.js';
import { type EvaluateOptions, evaluate } from './evaluate.js';
import type { OperationsConfig } from './operations.js';
import { watched } from './watched.js';

/** What a finished run is worth on its task's test set, as `report.json` of its folder keeps it. */
export interface TestReport {
  /** Share classified rightly, in [0, 1]; null where numbers are learnt. */
  accuracy: number | null;
  /** Where numbers are learnt: 1 less the error's share of the variance, the mean over outputs. */
  r2?: number | null;
  /** Mean cross-entropy, nats; of numbers the mean squared error, in squares of the training set's deviation. */
  loss: number;
  /** exp(loss) of a language model, which answers at each step; null for a task with one answer a sequence. */
  perplexity: number | null;
  /** Spikes per neuron and step, in [0, 1]; null for a model without spikes. */
  rate: number | null;
  examples: number;
  /** Share of the most frequent class (or token) among the answers: what a guess without looking gets; null of numbers. */
  chance: number | null;
  /** Which of the run's models: after this step. */
  step: number;
  /** Of evaluating. */
  seconds: number;
  /** What a reader of the numbers has to know about the data. */
  notes: string[];
}

const FILE = 'report.json';

/**
 * Loads the best model of a run, or the last where it never evaluated, evaluates it on the whole test set and keeps the
 * result in the run's folder.
 * @param model  built with the run's options; its parameters are replaced
 * @throws as `loadCheckpoint` and `evaluate`
 */
export async function testRun(
  run: Pick<StoredRun, 'folder' | 'epochs' | 'steps'>,
  model: Model & { readonly config?: OperationsConfig },
  task: Task,
  options: Pick<EvaluateOptions, 'batch' | 'signal' | 'onBatch'> = {},
): Promise<TestReport> {
  const { metadata } = loadCheckpoint(trainedCheckpoint(run.folder), model);
  const counts = new Array<number>(task.classes).fill(0);
  let eachStep = false;
  const counting = watched(task.test, ({ y, lengths }) => {
    if (y.dtype === 'float32') return;
    eachStep ||= y.rank === 2;
    const L = y.rank === 1 ? 1 : (y.shape[1] as number);
    y.dataSync().forEach((label, i) => {
      const padding = y.rank === 2 && lengths !== undefined && i % L >= lengths[Math.floor(i / L)];
      if (!padding) counts[label]++;
    });
  });
  const { accuracy, r2, loss, rate, layers, examples, seconds } = await evaluate(model, counting, {
    ...options,
    keepSpikes: 0,
  });
  const report: TestReport = {
    accuracy,
    ...(r2 !== undefined && { r2 }),
    loss,
    perplexity: eachStep ? perplexity(loss) : null,
    rate: layers.length === 0 ? null : rate,
    examples,
    chance:
      accuracy === null
        ? null
        : counts.reduce((most, count) => Math.max(most, count)) / counts.reduce((sum, count) => sum + count),
    step: metadata.evaluation ? (JSON.parse(metadata.evaluation) as { step: number }).step : run.steps.length,
    seconds,
    notes: [...(task.notes ?? [])],
  };
  writeWhole(join(run.folder, FILE), [`${JSON.stringify(report, undefined, 2)}\n`]);
  return report;
}

/** The report that `testRun` left in a run's folder, undefined where there is none. */
export function readTestReport(folder: string): TestReport | undefined {
  const path = join(folder, FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as TestReport) : undefined;
}
