import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { studentT } from '../student-t.js';
import type { CurveRun } from './curve-run.js';
import type { StepEvent } from './run.js';
import { differences, OLDER_OPTIONS, type RunConfig } from './run-config.js';

/** How validation accuracy rises in a recipe, by run: what a new run is held against. */
export interface Curve {
  /** Of the recipe; the seeds are the first run's. */
  config: RunConfig;
  runs: {
    seed: number;
    /** Share classified rightly in [0, 1] after so many steps. */
    points: CurveRun['evaluations'];
    sessions: RunConfig['sessions'];
  }[];
}

/** Where a new run may be expected after some step. */
export interface Band {
  low: number;
  high: number;
  mean: number;
}

/** Where the package keeps curves: `TASK-SCALE.json`. */
const SHIPPED = fileURLToPath(new URL('../../data/curves/', import.meta.url));

/** Evaluations on either side of a step whose spread counts for it. */
const NEIGHBOURS = 2;

/**
 * Puts runs of one recipe together. They may have been ended before their last step: the curve goes as far as the
 * longest, and a band as far as at least two.
 * @throws RangeError  for fewer than two runs, equal seeds, or runs that differ in more than their seeds
 */
export function curveOf(runs: readonly CurveRun[]): Curve {
  if (runs.length < 2) throw new RangeError(`curve: at least 2 runs are needed, got ${runs.length}`);
  const [{ config }, ...others] = runs;
  for (const other of others) {
    const different = differences(unseeded(other.config), unseeded(config));
    if (different.length > 0) {
      throw new RangeError(
        `curve: ${other.name} is another recipe than ${runs[0].name}: ${different.join('; ')}`,
      );
    }
  }
  const seeds = runs.map((run) => run.config.training.seed);
  if (new Set(seeds).size !== seeds.length) {
    throw new RangeError(`curve: every run needs a seed of its own, got ${seeds.join(', ')}`);
  }
  return {
    config: { ...config, sessions: [] },
    runs: runs.map((run, i) => ({
      seed: seeds[i],
      points: run.evaluations,
      sessions: run.config.sessions,
    })),
  };
}

/**
 * Where the accuracy of one more run lies with 99 % probability, if runs differ by seed as those of the curve do: the
 * prediction interval of a normal distribution, mean +- t s sqrt(1 + 1/n), cut to [0, 1]. The spread s is pooled over
 * the two evaluations before the step and the two after it, which few runs need: it changes little among them, and t
 * of two runs falls from 63.7 to 4.0.
 * @returns undefined for a step that fewer than two runs were evaluated at
 */
export function expectedBand(curve: Curve, step: number): Band | undefined {
  const shared = sharedSteps(curve);
  const place = shared.findIndex((one) => one.step === step);
  if (place < 0) return undefined;
  const near = shared.slice(Math.max(0, place - NEIGHBOURS), place + NEIGHBOURS + 1);
  const freedom = near.reduce((sum, { n }) => sum + n - 1, 0);
  const spread = Math.sqrt(near.reduce((sum, { squares }) => sum + squares, 0) / freedom);
  const { n, mean } = shared[place];
  const reach = studentT(0.995, freedom) * spread * Math.sqrt(1 + 1 / n);
  return { low: Math.max(0, mean - reach), high: Math.min(1, mean + reach), mean };
}

/** Steps that at least two runs were evaluated at, in order: mean, and the sum of squared distances from it. */
function sharedSteps({ runs }: Curve): { step: number; n: number; mean: number; squares: number }[] {
  const points = runs.flatMap((run) => run.points);
  const steps = [...new Set(points.map(({ step }) => step))].sort((a, b) => a - b);
  return steps.flatMap((step) => {
    const values = points.filter((point) => point.step === step).map(({ accuracy }) => accuracy);
    const n = values.length;
    if (n < 2) return [];
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    return [{ step, n, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) }];
  });
}

/**
 * An `onStep` hook that says when two evaluations in a row fall outside the band of the curve, on one side: what the
 * next evaluation takes back is no news.
 * @param say  default a line on the error output
 */
export function watchCurve(
  curve: Curve,
  say: (line: string) => void = (line) => void process.stderr.write(`\n${line}\n`),
): (event: StepEvent) => void {
  let seen = 0;
  let before: 'below' | 'above' | undefined;
  return ({ evaluation }) => {
    if (!evaluation || evaluation.step <= seen || evaluation.validationAccuracy === null) return;
    seen = evaluation.step;
    const accuracy = evaluation.validationAccuracy;
    const band = expectedBand(curve, seen);
    const side = band && (accuracy < band.low ? 'below' : accuracy > band.high ? 'above' : undefined);
    if (band && side && side === before) {
      say(
        `Unexpected: validation accuracy ${percent(accuracy)} after step ${seen} is ${side} the ${percent(band.low)} to ` +
          `${percent(band.high)} expected from ${curve.runs.length} runs of this recipe (mean ${percent(band.mean)}), ` +
          'as it was the time before',
      );
    }
    before = side;
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/**
 * The curve that comes with the package for a recipe, undefined where there is none or the run is another one. How weights
 * are looked at and kept may differ: curves made before running statistics were taken anew lie lower where those lagged.
 */
export function shippedCurve(name: string, config: RunConfig): Curve | undefined {
  const path = join(SHIPPED, `${name}.json`);
  if (!existsSync(path)) return undefined;
  const curve = JSON.parse(readFileSync(path, 'utf8')) as Curve;
  const [ours, theirs] = [config, curve.config].map((one) => {
    const plain = unseeded(one);
    return { ...plain, training: { ...plain.training, ...OLDER_OPTIONS } };
  });
  return differences(ours, theirs).length === 0 ? curve : undefined;
}

function unseeded({ model, training, ...rest }: RunConfig): RunConfig {
  const plain = typeof model === 'object' && model !== null ? { ...model, seed: 0 } : model;
  return { ...rest, model: plain, training: { ...training, seed: 0 } };
}
