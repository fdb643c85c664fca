import { readRun, type StoredRun } from '../train/read-run.js';
import { leaves } from '../train/run-config.js';
import { readTestReport, type TestReport } from './test-report.js';

/** One configuration, trained with one or more seeds. Means over the seeds unless it says otherwise. */
export interface Result {
  task: string;
  /** Layers x channels, state size, neuron. */
  model: string;
  /** Test accuracy of each seed, in [0, 1]. */
  accuracies: number[];
  /** Spikes per neuron and step, in [0, 1]; null for a model without spikes. */
  rate: number | null;
  chance: number;
  /** Of the test set that accuracies are of. */
  examples: number;
  /** Test accuracy of each seed of the same model and training without spikes (GELU); empty where none was run. */
  withoutSpikes: number[];
  steps: number;
  /** Of training. */
  seconds: number;
  seeds: number[];
  commits: string[];
  notes: string[];
  folders: string[];
}

interface Finished {
  run: StoredRun;
  report: TestReport;
  kind: string;
  seed: number;
}

/** What differs between seeds of one configuration. */
const OF_THE_SEED = ['model.seed', 'training.seed'];
/** What a model without spikes has no use for, beside them. */
const OF_SPIKES = /^(model\.(neuron|threshold|v_th)|training\.(ratePenalty|rateTarget))(\.|$)/;

/**
 * Results of finished, evaluated runs: seeds of one configuration in one row, beside the same model without spikes.
 * @param folders  of runs that `spikingssm train` ended
 * @throws RangeError  for a folder that holds no such run, or two runs of one configuration and seed
 */
export function results(folders: readonly string[]): Result[] {
  const groups = new Map<string, Finished[]>();
  const bases = new Map<string, Finished[]>();
  for (const finished of folders.map(readFinished)) {
    const { own, base } = keysOf(finished.run);
    const group = groups.get(own) ?? [];
    const twin = group.find(({ seed }) => seed === finished.seed);
    if (twin) {
      throw new RangeError(
        `results: ${twin.run.folder} and ${finished.run.folder} are the same configuration with the same seed`,
      );
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

function readFinished(folder: string): Finished {
  const run = readRun(folder);
  const report = readTestReport(folder);
  if (!report) {
    throw new RangeError(
      `results: ${folder} has no test report (spikingssm train makes one when a run has ended)`,
    );
  }
  const model = run.config.model as { neuron?: { kind?: string } } | null;
  return { run, report, kind: model?.neuron?.kind ?? 'unknown neuron', seed: run.options.seed };
}

function keysOf({ config: { task, model, training } }: StoredRun): { own: string; base: string } {
  const all = [...leaves({ task, model, training })].filter(([name]) => !OF_THE_SEED.includes(name));
  const text = (entries: [string, string][]): string => JSON.stringify(entries.sort());
  return { own: text(all), base: text(all.filter(([name]) => !OF_SPIKES.test(name))) };
}

function resultOf(group: readonly Finished[], base: readonly Finished[]): Result {
  const inOrder = [...group].sort((a, b) => a.seed - b.seed);
  const [{ run, report }] = inOrder;
  const rates = inOrder.map(({ report: { rate } }) => rate);
  return {
    task: run.config.task.name,
    model: modelName(run.config.model),
    accuracies: inOrder.map((one) => one.report.accuracy),
    rate: rates[0] === null ? null : mean(rates as number[]),
    chance: report.chance,
    examples: report.examples,
    withoutSpikes: base.map((one) => one.report.accuracy),
    steps: mean(inOrder.map((one) => one.run.steps.length)),
    seconds: mean(inOrder.map((one) => one.run.seconds)),
    seeds: inOrder.map(({ seed }) => seed),
    commits: [...new Set([...inOrder, ...base].flatMap((one) => commitsOf(one.run)))],
    notes: report.notes,
    folders: inOrder.map((one) => one.run.folder),
  };
}

function commitsOf({ config }: StoredRun): string[] {
  return config.sessions.map(({ commit, version }) => commit ?? `release ${version}`);
}

function modelName(model: unknown): string {
  const { layers, H, N, neuron } = model as {
    layers: number;
    H: number;
    N: number;
    neuron: Record<string, unknown>;
  };
  const gradient = neuron.gradient === 'sltt' ? ' (SLTT)' : '';
  return `${layers} x ${H}, N ${N}, ${String(neuron.kind).toUpperCase()}${gradient}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
