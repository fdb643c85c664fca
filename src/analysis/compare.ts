import { table } from 'arquero';
import type { ColumnTable } from '../column-table.js';
import { withDefaults } from '../options.js';
import { type Random, random } from '../random.js';
import { type Estimate, estimate } from './estimate.js';

/** One run: which group it is of, its seed, and what was measured of it. */
export interface ComparedRun {
  readonly group: string | number;
  readonly seed: number;
  /** The measurement, in any unit. */
  readonly value: number;
}

export interface CompareOptions {
  /** The group that the others are held against. Default the first run's. */
  baseline?: string | number;
  /** Of the intervals, in (0, 1). Default 0.95. */
  confidence?: number;
  /** Of the resamples. Default 0. */
  seed?: number;
}

/**
 * One row a group, in order of appearance: number of seeds, mean, standard deviation, interval of the mean and how it
 * was found (`interval`); then the difference from the baseline paired by seed, with the same: its mean, its interval,
 * the number of `pairs` (seeds that both groups have) and `diff_interval`. Up to ten values it is a t interval, of more
 * a bootstrap one (see `IntervalMethod`). null for the baseline itself, and where an interval needs a second seed.
 * @throws RangeError  `compare: no run of the baseline "fixed" (groups: learnable, shared)`; for a seed twice in a
 *                     group, a value that is not finite, or groups without a common seed
 * @example compare(runs.map(({ label, seed, accuracy }) => ({ group: label, seed, value: accuracy })))
 */
export function compare(runs: readonly ComparedRun[], options: CompareOptions = {}): ColumnTable {
  if (runs.length === 0) throw new RangeError('compare: there must be at least one run, got none');
  const { baseline, confidence, seed } = withDefaults<Required<CompareOptions>>('compare', options, {
    baseline: runs[0].group,
    confidence: 0.95,
    seed: 0,
  });
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`compare: confidence must be in (0, 1), got ${confidence}`);
  }
  const groups = bySeed(runs);
  const base = groups.get(baseline);
  if (base === undefined) {
    throw new RangeError(
      `compare: no run of the baseline "${baseline}" (groups: ${[...groups.keys()].join(', ')})`,
    );
  }
  const source = random(seed);
  const own = [...groups.values()].map((values) => estimate([...values.values()], confidence, source.fork()));
  const differences = [...groups].map(([name, values]) =>
    name === baseline ? null : paired(name, values, baseline, base, confidence, source.fork()),
  );
  return table({
    group: [...groups.keys()],
    seeds: own.map(({ n }) => n),
    mean: own.map(({ mean }) => mean),
    sd: own.map(({ sd }) => sd),
    low: own.map(({ low }) => low),
    high: own.map(({ high }) => high),
    interval: own.map(({ method }) => method),
    diff: differences.map((one) => one?.mean ?? null),
    diff_low: differences.map((one) => one?.low ?? null),
    diff_high: differences.map((one) => one?.high ?? null),
    pairs: differences.map((one) => one?.n ?? null),
    diff_interval: differences.map((one) => one?.method ?? null),
  });
}

function bySeed(runs: readonly ComparedRun[]): Map<string | number, Map<number, number>> {
  const groups = new Map<string | number, Map<number, number>>();
  for (const { group, seed, value } of runs) {
    const values = groups.get(group) ?? new Map<number, number>();
    groups.set(group, values);
    if (!Number.isFinite(value)) {
      throw new RangeError(`compare: value must be finite, got ${value} (group "${group}", seed ${seed})`);
    }
    if (values.has(seed)) throw new RangeError(`compare: group "${group}" has seed ${seed} twice`);
    values.set(seed, value);
  }
  return groups;
}

function paired(
  name: string | number,
  values: Map<number, number>,
  baseline: string | number,
  base: Map<number, number>,
  confidence: number,
  source: Random,
): Estimate {
  const common = [...values.keys()].filter((seed) => base.has(seed));
  if (common.length === 0) {
    throw new RangeError(`compare: groups "${name}" and "${baseline}" have no seed in common`);
  }
  return estimate(
    common.map((seed) => values.get(seed)! - base.get(seed)!),
    confidence,
    source,
    Math.max(...common.flatMap((seed) => [values.get(seed)!, base.get(seed)!].map(Math.abs))),
  );
}
