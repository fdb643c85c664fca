import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredRun } from './read-run.js';
import type { StepEvent } from './run.js';
import { differences, type RunConfig } from './run-config.js';

/** How validation accuracy rises in a recipe, by run: what a new run is held against. */
export interface Curve {
  /** Of the recipe; the seeds are the first run's. */
  config: RunConfig;
  runs: {
    seed: number;
    /** Share classified rightly in [0, 1] after so many steps. */
    points: { step: number; accuracy: number }[];
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

/** 99.5 % points of Student's t for 1, 2, … degrees of freedom. Source: any table, e.g. NIST/SEMATECH e-Handbook, 1.3.6.7.2. */
const T995 = [63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25];

/**
 * Puts runs of one recipe together. They may have been ended before their last step: the curve goes as far as the
 * longest, and a band as far as at least two.
 * @throws RangeError  for fewer than two runs, equal seeds, or runs that differ in more than their seeds
 */
export function curveOf(runs: readonly StoredRun[]): Curve {
  if (runs.length < 2) throw new RangeError(`curve: at least 2 runs are needed, got ${runs.length}`);
  const [first, ...others] = runs.map(({ config }) => config);
  others.forEach((other, i) => {
    const different = differences(unseeded(other), unseeded(first));
    if (different.length > 0) {
      throw new RangeError(
        `curve: ${runs[i + 1].folder} is another recipe than ${runs[0].folder}: ${different.join('; ')}`,
      );
    }
  });
  const seeds = runs.map(({ options }) => options.seed);
  if (new Set(seeds).size !== seeds.length) {
    throw new RangeError(`curve: every run needs a seed of its own, got ${seeds.join(', ')}`);
  }
  return {
    config: { ...first, sessions: [] },
    runs: runs.map(({ options, epochs, config }) => ({
      seed: options.seed,
      points: epochs.flatMap(({ step, validationAccuracy }) =>
        validationAccuracy === null ? [] : [{ step, accuracy: validationAccuracy }],
      ),
      sessions: config.sessions,
    })),
  };
}

/**
 * Where the accuracy of one more run lies with 99 % probability, if runs differ by seed as those of the curve do: the
 * prediction interval of a normal distribution, mean +- t s sqrt(1 + 1/n), cut to [0, 1]. Few runs make it wide.
 * @returns undefined for a step that fewer than two runs were evaluated at
 */
export function expectedBand(curve: Curve, step: number): Band | undefined {
  const found = curve.runs.flatMap(({ points }) => points.filter((point) => point.step === step));
  const values = found.map(({ accuracy }) => accuracy);
  const n = values.length;
  if (n < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const reach = T995[Math.min(n - 1, T995.length) - 1] * spread * Math.sqrt(1 + 1 / n);
  return { low: Math.max(0, mean - reach), high: Math.min(1, mean + reach), mean };
}

/**
 * An `onStep` hook that says when an evaluation falls outside the band of the curve.
 * @param say  default a line on the error output
 */
export function watchCurve(
  curve: Curve,
  say: (line: string) => void = (line) => void process.stderr.write(`\n${line}\n`),
): (event: StepEvent) => void {
  let seen = 0;
  return ({ evaluation }) => {
    if (!evaluation || evaluation.step <= seen) return;
    seen = evaluation.step;
    const band = expectedBand(curve, seen);
    const accuracy = evaluation.validationAccuracy;
    if (!band || accuracy === null || (accuracy >= band.low && accuracy <= band.high)) return;
    const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
    say(
      `Unexpected: validation accuracy ${percent(accuracy)} after step ${seen} is ` +
        `${accuracy < band.low ? 'below' : 'above'} the ${percent(band.low)} to ${percent(band.high)} expected from ` +
        `${curve.runs.length} runs of this recipe (mean ${percent(band.mean)})`,
    );
  };
}

/** The curve that comes with the package for a recipe, undefined where there is none or the run is another one. */
export function shippedCurve(name: string, config: RunConfig): Curve | undefined {
  const path = join(SHIPPED, `${name}.json`);
  if (!existsSync(path)) return undefined;
  const curve = JSON.parse(readFileSync(path, 'utf8')) as Curve;
  return differences(unseeded(config), unseeded(curve.config)).length === 0 ? curve : undefined;
}

function unseeded({ model, training, ...rest }: RunConfig): RunConfig {
  const plain = typeof model === 'object' && model !== null ? { ...model, seed: 0 } : model;
  return { ...rest, model: plain, training: { ...training, seed: 0 } };
}
