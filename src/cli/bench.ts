import { type Command, Option } from 'commander';
import type { Prepared } from '../analysis/measure.js';
import type { BackendName } from '../backend/index.js';
import { neurons } from '../neurons/index.js';
import { blockCase, lifCase, matmulCase, stepCase } from './bench/cases.js';
import { floorLines, measureFloor } from './bench/floor.js';
import { type ModelCase, modelCase, modelSizes, recipeNames } from './bench/model.js';
import { profile, profileLines } from './bench/profile.js';
import { type Result, single, useDevice } from './bench/single.js';
import { steady, steadyLine } from './bench/steady.js';
import { runSuite, type SuiteOptions } from './bench/suite.js';
import * as values from './values.js';

/** Options of every single case. */
interface Common {
  backend: BackendName | 'auto';
  threads: number;
  seconds: number;
  runs: number;
  json: boolean;
  profile: boolean;
  steady?: number;
}

/** Adds `spikingssm bench`: everything against its peers; and `bench CASE`: one case, for scripts. */
export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('time this package on this machine; without a case, all of them beside their PyTorch peers')
    // Otherwise this command would take the options that it shares with its cases away from them.
    .enablePositionalOptions()
    .option('--quick', 'few rounds, nothing long', false)
    .option('--only <text>', 'cases whose name contains it', '')
    .option('--out <folder>', 'for results.json and the pictures', 'test/bench/results')
    .option('--python <file>', 'a Python that has torch, instead of an environment made for the bench')
    .option('--no-peer', 'ours alone')
    .addOption(size('threads', 2))
    .addHelpText(
      'after',
      '\nExamples:\n  spikingssm bench --quick\n  spikingssm bench block --length 4096 --neuron sdn --pass train --json',
    )
    .action((options: SuiteOptions) => runSuite(options));

  const pass = (preset: string): Option => choice('pass', ['forward', 'train'], preset);
  const neuron = (): Option => choice('neuron', Object.keys(neurons), 'bptt');
  addCase(bench, 'block', 'one spiking block', blockCase, [
    size('batch', 8),
    size('length', 2048),
    size('width', 256),
    size('state', 64),
    neuron(),
    pass('forward'),
    new Option('--bidirectional', 'a second kernel that runs backwards in time').default(false),
    new Option('--trainable-b', 'with trained B').default(false),
  ]);
  const ofModel = ({ batch, length, layers, width, state, ...rest }: ModelCase): ModelCase => ({
    ...rest,
    ...modelSizes(rest.recipe, { batch, length, layers, width, state }),
  });
  addCase(
    bench,
    'model',
    'a whole model; sizes are those of the recipe unless given',
    modelCase,
    [
      choice('recipe', [...recipeNames], 'smnist'),
      ...['batch', 'length', 'layers', 'width', 'state'].map((name) => size(name)),
      choice('neuron', Object.keys(neurons), 'sdn'),
      pass('train'),
    ],
    ofModel,
  );
  addCase(bench, 'matmul', 'a matrix product, dense or with spikes on the left', matmulCase, [
    size('rows', 16384),
    size('inner', 256),
    size('cols', 512),
    new Option('--rate <share>', 'of spikes, in [0, 1]; without it a dense product')
      .argParser(values.share)
      .default(null),
    pass('forward'),
  ]);
  addCase(bench, 'lif', 'the neurons of one layer alone', lifCase, [
    size('batch', 8),
    size('length', 2048),
    size('width', 256),
    neuron(),
    pass('forward'),
  ]);
  addCase(bench, 'step', 'one token through a model that keeps its state', stepCase, [
    size('layers', 4),
    size('width', 256),
    size('state', 64),
    size('batch', 1),
    neuron(),
  ]);
  bench
    .command('floor')
    .description('what this machine can do at best, and how near each kernel comes to it')
    .addOption(size('threads', 2))
    .addOption(number('seconds', 1))
    .option('--json', 'print one JSON object', false)
    .action(async ({ threads, seconds, json }: Common) => {
      const device = await useDevice('native', threads);
      const floor = measureFloor(seconds);
      if (json) console.log(JSON.stringify({ case: 'floor', ...device, ...floor }));
      else for (const line of floorLines(floor)) console.log(line);
    });
}

function addCase<T extends object>(
  bench: Command,
  name: string,
  description: string,
  prepare: (options: T) => Prepared,
  options: Option[],
  complete: (options: T) => T = (given) => given,
): void {
  const command = bench.command(name).description(`time ${description}`);
  for (const option of options) command.addOption(option);
  command
    .option('--backend <name>', 'device to time', 'auto')
    .addOption(size('threads', 2))
    .addOption(number('seconds', 3))
    .addOption(size('runs', 5))
    .option('--json', 'print one JSON object', false)
    .option('--profile', 'say where the time goes, kernel by kernel', false)
    .addOption(size('steady').conflicts('profile'))
    .action(async (options: Common & T) => {
      const { backend, threads, seconds, runs, json, profile: asked, steady: times, ...rest } = options;
      const device = await useDevice(backend, threads);
      const given = complete(rest as unknown as T);
      if (asked) return showProfile(prepare(given), seconds, json);
      if (times !== undefined) return showSteady(prepare(given), times, json);
      const result = single(name, device, given, () => prepare(given), { seconds, leastRuns: runs });
      console.log(json ? JSON.stringify(result) : line(result));
    });
}

async function showProfile(work: Prepared, seconds: number, json: boolean): Promise<void> {
  try {
    const found = await profile(work, seconds);
    for (const text of json ? [JSON.stringify(found)] : profileLines(found)) console.log(text);
  } finally {
    work.dispose();
  }
}

function showSteady(work: Prepared, runs: number, json: boolean): void {
  try {
    const found = steady(work, runs);
    console.log(json ? JSON.stringify(found) : steadyLine(found));
  } finally {
    work.dispose();
  }
}

/** `block 8 2048 …: median 12.3 ms, min 11.9, max 15.0, 243 runs (native amx, 2 threads), 312 MiB at most` */
function line(result: Result): string {
  const { medianMs, minMs, maxMs, runs, backend, instructions, threads, peakKiB } = result;
  const where = `${backend}${instructions ? ` ${instructions}` : ''}, ${threads} thread${threads === 1 ? '' : 's'}`;
  const figure = (value: number): string => value.toPrecision(4);
  return (
    `${result.case}: median ${figure(medianMs)} ms, min ${figure(minMs)}, max ${figure(maxMs)}, ${runs} runs ` +
    `(${where}), ${Math.round(peakKiB / 1024)} MiB at most`
  );
}

function size(name: string, preset?: number): Option {
  return new Option(`--${name} <count>`, sizes[name] ?? name)
    .argParser(name === 'threads' ? values.threads : values.count)
    .default(preset);
}

/** What the sizes are, where the name alone does not say it. */
const sizes: Readonly<Record<string, string>> = {
  length: 'steps of a sequence (L)',
  width: 'channels (H)',
  state: 'state size of a channel (N), even',
  threads: 'threads of native and tensorflow',
  runs: 'runs at least',
  steady: 'instead of timing, run it so many times and watch memory',
};

function number(name: string, preset: number): Option {
  return new Option(`--${name} <number>`, 'time to spend after the warm-up')
    .argParser(values.amount)
    .default(preset);
}

function choice(name: string, known: string[], preset: string): Option {
  return new Option(`--${name} <name>`, '').choices(known).default(preset);
}
