import { readFileSync } from 'node:fs';
import { writeWhole } from '../files/write-whole.js';
import type { EpochRecord, Run, StepEvent, StepRecord } from './run.js';

/** How a run ended the last time it was running. */
export interface RunEnd {
  end: StepEvent['end'];
  seconds: number;
}

/** What `metrics.jsonl` holds, one record a line. */
export interface Metrics {
  steps: StepRecord[];
  epochs: EpochRecord[];
  /** undefined while it runs, and after it was killed. */
  end: RunEnd | undefined;
}

type Line =
  | ({ kind: 'step' } & StepRecord)
  | ({ kind: 'evaluation' } & EpochRecord)
  | ({ kind: 'end' } & RunEnd);

/** Writes the file whole each time, making text of new records only. */
export function metricsWriter(path: string): (run: Pick<Run, 'steps' | 'epochs'>, end?: RunEnd) => void {
  const written: string[] = [];
  let [steps, epochs] = [0, 0];
  return (run, end) => {
    const lines: Line[] = [
      ...run.steps.slice(steps).map((record): Line => ({ kind: 'step', ...record })),
      ...run.epochs.slice(epochs).map((record): Line => ({ kind: 'evaluation', ...record })),
    ];
    [steps, epochs] = [run.steps.length, run.epochs.length];
    const stepOf = (line: Line): number => (line.kind === 'end' ? Infinity : line.step);
    // Stable: the evaluation after a step keeps its place behind it.
    if (lines.length > 0) written.push(textOf(lines.sort((a, b) => stepOf(a) - stepOf(b))));
    writeWhole(path, end ? [...written, textOf([{ kind: 'end', ...end }])] : written);
  };
}

/** @throws RangeError  `readRun: FILE, line 3: …` */
export function readMetrics(path: string): Metrics {
  const metrics: Metrics = { steps: [], epochs: [], end: undefined };
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  for (const [i, text] of lines.entries()) {
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch (error) {
      throw new RangeError(`readRun: ${path}, line ${i + 1}: not JSON (${(error as Error).message})`);
    }
    const { kind, ...record } = line;
    if (kind === 'step') metrics.steps.push(record as StepRecord);
    else if (kind === 'evaluation') metrics.epochs.push(record as EpochRecord);
    else if (kind === 'end') metrics.end = record as RunEnd;
    else throw new RangeError(`readRun: ${path}, line ${i + 1}: unknown kind of record "${kind}"`);
  }
  return metrics;
}

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
