import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics } from './metrics.js';
import { modelStepOf, type Run, type StepEvent } from './run.js';
import { OLDER_OPTIONS, type RunConfig } from './run-config.js';
import { RUN_FILES, readConfig } from './run-folder.js';

/** A run as its folder tells it. */
export interface StoredRun extends Run {
  folder: string;
  config: RunConfig;
  /** How it ended; null for one that still runs or was killed. */
  end: StepEvent['end'];
}

/**
 * Reads a run's folder: what it was and every record, for figures and tables. The checkpoints stay where they are
 * (`loadCheckpoint`).
 * @throws RangeError  for a folder without a run, or a damaged file
 * @example figures.learningCurve(readRun('runs/smnist-small'))
 */
export function readRun(folder: string): StoredRun {
  const config = readConfig(join(folder, RUN_FILES.config));
  const file = join(folder, RUN_FILES.metrics);
  const { steps, epochs, end } = existsSync(file)
    ? readMetrics(file)
    : { steps: [], epochs: [], end: undefined };
  const options = { ...OLDER_OPTIONS, ...config.training };
  return {
    folder,
    config,
    options,
    steps,
    epochs,
    modelStep: modelStepOf({ options, steps, epochs }),
    seconds: end?.seconds ?? epochs.at(-1)?.seconds ?? 0,
    aborted: end?.end === 'aborted',
    stopped: end?.end === 'stopped',
    end: end?.end ?? null,
  };
}
