import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import { type CurveRun, curveRun } from '../train/curve-run.js';
import { readRun } from '../train/read-run.js';
import { readTestReport, type TestReport } from './test-report.js';

/** What is left of a finished run when its folder is gone: a few kilobytes that a repository can keep. */
export interface RunRecord extends CurveRun {
  report: TestReport;
  /** Optimiser steps that it took. */
  steps: number;
  /** Of training, evaluations included. */
  seconds: number;
}

/**
 * What to keep of a run that `spikingssm train` ended.
 * @param folder  of the run
 * @throws RangeError  for a folder without a run or without a test report
 */
export function runRecord(folder: string): RunRecord {
  const { steps, seconds } = readRun(folder);
  const report = readTestReport(folder);
  if (!report) {
    throw new RangeError(
      `results: ${folder} has no test report (spikingssm train makes one when a run has ended)`,
    );
  }
  const { name, config, evaluations } = curveRun(folder);
  return { name, config, report, steps: steps.length, seconds, evaluations };
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
