import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import { readRun } from '../train/read-run.js';
import type { RunConfig } from '../train/run-config.js';
import { readTestReport, type TestReport } from './test-report.js';

/** What is left of a finished run when its folder is gone: a few kilobytes that a repository can keep. */
export interface RunRecord {
  /** Of the run's folder. */
  name: string;
  config: RunConfig;
  report: TestReport;
  /** Optimiser steps that it took. */
  steps: number;
  /** Of training, evaluations included. */
  seconds: number;
  /** Share of the validation set classified rightly in [0, 1], after so many steps. */
  evaluations: { step: number; accuracy: number }[];
}

/**
 * What to keep of a run that `spikingssm train` ended.
 * @param folder  of the run
 * @throws RangeError  for a folder without a run or without a test report
 */
export function runRecord(folder: string): RunRecord {
  const { config, steps, seconds, epochs } = readRun(folder);
  const report = readTestReport(folder);
  if (!report) {
    throw new RangeError(
      `results: ${folder} has no test report (spikingssm train makes one when a run has ended)`,
    );
  }
  const evaluations = epochs.flatMap(({ step, validationAccuracy }) =>
    validationAccuracy === null ? [] : [{ step, accuracy: validationAccuracy }],
  );
  return { name: basename(folder), config, report, steps: steps.length, seconds, evaluations };
}

/** Writes `NAME.json` into a folder, over an older record of that name. */
export function keepRecord(record: RunRecord, folder: string): void {
  writeWhole(join(folder, `${record.name}.json`), [`${JSON.stringify(record, undefined, 2)}\n`]);
}

/** The records of a folder, by name; none where there is no such folder. */
export function readRecords(folder: string): RunRecord[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunRecord);
}
