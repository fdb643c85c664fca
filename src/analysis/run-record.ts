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
  const { steps, seconds, end } = readRun(folder);
  const report = readTestReport(folder);
  if (!report) {
    throw new RangeError(
      end === 'done' || end === 'stopped'
        ? `results: ${folder} has no test report (spikingssm train makes one; for a run of train({ folder }): await testRun(readRun(folder), model, task))`
        : `results: ${folder} has not come to its end (--resume goes on with it)`,
    );
  }
  const { name, config, evaluations } = curveRun(folder);
  return { name, config, report, steps: steps.length, seconds, evaluations };
}

/** Writes `NAME.json` into a folder, over an older record of that name. */
export function keepRecord(record: RunRecord, folder: string): void {
  writeWhole(join(folder, `${record.name}.json`), [`${JSON.stringify(record, undefined, 2)}\n`]);
}

/**
 * The records of a folder, by name; none where there is no such folder.
 * @param leftOut  hears of each file that is none; default a line on the error output
 */
export function readRecords(
  folder: string,
  leftOut: (reason: string) => void = (reason) => void process.stderr.write(`results: ${reason}\n`),
): RunRecord[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      try {
        return [recordOf(JSON.parse(readFileSync(path, 'utf8')))];
      } catch (error) {
        leftOut(`${path} is left out: it is no record of a run (${(error as Error).message})`);
        return [];
      }
    });
}

function recordOf(found: Partial<RunRecord> | null): RunRecord {
  const { report, config, evaluations } = found ?? {};
  if (
    typeof report?.accuracy !== 'number' ||
    !config?.training ||
    !config.task ||
    !Array.isArray(evaluations)
  ) {
    throw new RangeError('it lacks configuration, evaluations or test report');
  }
  return found as RunRecord;
}
