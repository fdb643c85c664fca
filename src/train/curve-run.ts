import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readRun } from './read-run.js';
import type { RunConfig } from './run-config.js';

/** How a run came on: what a curve needs of it. */
export interface CurveRun {
  /** Of the run's folder. */
  name: string;
  config: RunConfig;
  /** Share of the validation set classified rightly in [0, 1], after so many steps. */
  evaluations: { step: number; accuracy: number }[];
}

/**
 * Reads how a run came on.
 * @param path  the run's folder, or a record of it (`data/results/NAME.json`)
 * @throws RangeError  for a folder without a run, or a file that is no record
 */
export function curveRun(path: string): CurveRun {
  if (path.endsWith('.json')) return recordAt(path);
  const { config, epochs } = readRun(path);
  const evaluations = epochs.flatMap(({ step, validationAccuracy }) =>
    validationAccuracy === null ? [] : [{ step, accuracy: validationAccuracy }],
  );
  return { name: basename(path), config, evaluations };
}

function recordAt(path: string): CurveRun {
  let record: Partial<CurveRun> | null;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new RangeError(`curve: cannot read ${path} (${(error as Error).message})`);
  }
  if (typeof record?.config?.training?.seed !== 'number' || !Array.isArray(record.evaluations)) {
    throw new RangeError(
      `curve: ${path} is no record of a run (spikingssm results keeps them in data/results)`,
    );
  }
  const { name, config, evaluations } = record as CurveRun;
  return { name, config, evaluations };
}
