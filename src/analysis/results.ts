import { leaves } from '../train/leaves.js';
import type { RunRecord } from './run-record.js';

/** One configuration, trained with one or more seeds. Means over the seeds unless it says otherwise. */
export interface Result {
  task: string;
  /** Layers x channels, state size, neuron, and what is added to the loss. */
  model: string;
  /** Test accuracy of each seed, in [0, 1]. */
  accuracies: number[];
  /** Test perplexity of each seed; empty where the task is no language. */
  perplexities: number[];
  /** Spikes per neuron and step, in [0, 1]; null for a model without spikes. */
  rate: number | null;
  chance: number;
  /** Of the test set that accuracies are of. */
  examples: number;
  /** Test accuracy of each seed of the same model and training without spikes (GELU); empty where none was run. */
  withoutSpikes: number[];
  /** Their test perplexities, where the task is a language. */
  perplexitiesWithoutSpikes: number[];
  steps: number;
  /** Of training. */
  seconds: number;
  seeds: number[];
  commits: string[];
  notes: string[];
  /** Names of the runs. */
  runs: string[];
}

interface Finished {
  run: RunRecord;
  kind: string;
  seed: number;
}

/** What differs between seeds of one configuration. */
const OF_THE_SEED = ['model.seed', 'training.seed'];
/** What a model without spikes has no use for, beside them. */
const OF_SPIKES = /^(model\.(neuron|threshold|v_th)|training\.(ratePenalty|rateTarget))(\.|$)/;

/**
 * Results of finished runs: seeds of one configuration in one row, beside the same model without spikes.
 * @param leftOut  hears of each run that is of one configuration and seed with one before it, and so in no row; default a
 *   line on the error output
 * @example results(['runs/smnist-small-seed1', 'runs/smnist-small-seed2'].map(runRecord))
 */
export function results(
  records: readonly RunRecord[],
  leftOut: (reason: string) => void = (reason) => void process.stderr.write(`results: ${reason}\n`),
): Result[] {
  const groups = new Map<string, Finished[]>();
  const bases = new Map<string, Finished[]>();
  for (const run of records) {
    const { neuron } = (run.config.model ?? {}) as { neuron?: { kind?: string } };
    const finished = { run, kind: neuron?.kind ?? 'unknown neuron', seed: run.config.training.seed };
    const { own, base } = keysOf(run);
    const group = groups.get(own) ?? [];
    const twin = group.find(({ seed }) => seed === finished.seed);
    if (twin) {
      leftOut(
        `${run.name} is left out: it is the same configuration with the same seed as ${twin.run.name} (remove one of them)`,
      );
      continue;
    }
    groups.set(own, [...group, finished]);
    if (finished.kind === 'gelu') bases.set(base, [...(bases.get(base) ?? []), finished]);
  }
  const told = new Set<string>();
  const spiking = [...groups.values()].filter(([{ kind }]) => kind !== 'gelu');
  const rows = spiking.map((group) => {
    const { base } = keysOf(group[0].run);
    told.add(base);
    return resultOf(group, bases.get(base) ?? []);
  });
  const alone = [...bases].filter(([base]) => !told.has(base)).map(([, group]) => resultOf(group, []));
  return [...rows, ...alone].sort((a, b) => a.task.localeCompare(b.task));
}

function keysOf({ config: { task, model, training } }: RunRecord): { own: string; base: string } {
  // Older records have no notes.
  const { notes: _, ...data } = task;
  const all = [...leaves({ task: data, model, training })].filter(([name]) => !OF_THE_SEED.includes(name));
  const text = (entries: [string, string][]): string => JSON.stringify(entries.sort());
  return { own: text(all), base: text(all.filter(([name]) => !OF_SPIKES.test(name))) };
}

function resultOf(group: readonly Finished[], base: readonly Finished[]): Result {
  const inOrder = [...group].sort((a, b) => a.seed - b.seed);
  const [{ config, report }] = inOrder.map(({ run }) => run);
  const rates = inOrder.map(({ run }) => run.report.rate);
  return {
    task: config.task.name,
    model: modelName(config),
    accuracies: inOrder.map(({ run }) => accuracyOf(run)),
    perplexities: perplexitiesOf(inOrder),
    rate: rates[0] === null ? null : mean(rates as number[]),
    chance: report.chance ?? 0,
    examples: report.examples,
    withoutSpikes: base.map(({ run }) => accuracyOf(run)),
    perplexitiesWithoutSpikes: perplexitiesOf(base),
    steps: mean(inOrder.map(({ run }) => run.steps)),
    seconds: mean(inOrder.map(({ run }) => run.seconds)),
    seeds: inOrder.map(({ seed }) => seed),
    commits: [...new Set([...inOrder, ...base].flatMap(({ run }) => commitsOf(run)))],
    notes: report.notes,
    runs: inOrder.map(({ run }) => run.name),
  };
}

/** @throws RangeError  for a run that has learnt numbers */
function accuracyOf({ name, report }: RunRecord): number {
  if (report.accuracy !== null) return report.accuracy;
  throw new RangeError(`results: ${name} has learnt numbers and has no accuracy (leave it out)`);
}

function perplexitiesOf(group: readonly Finished[]): number[] {
  return group.flatMap(({ run: { report } }) => report.perplexity ?? []);
}

function commitsOf({ config }: RunRecord): string[] {
  return config.sessions.map(({ commit, version }) => commit ?? `release ${version}`);
}

/** Layers x channels, state size, neuron, and what is added to the loss: `4 x 64, N 32, LIF, rate penalty 0.5 above 15 %`. */
export function modelName({ model, training }: RunRecord['config']): string {
  const { layers, H, N, neuron } = model as {
    layers: number;
    H: number;
    N: number;
    neuron: Record<string, unknown>;
  };
  const gradient = neuron.gradient === 'sltt' ? ' (SLTT)' : '';
  const { ratePenalty, rateTarget } = training;
  const penalty = ratePenalty === 0 ? '' : `, rate penalty ${ratePenalty} above ${100 * rateTarget} %`;
  return `${layers} x ${H}, N ${N}, ${String(neuron.kind).toUpperCase()}${gradient}${penalty}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
