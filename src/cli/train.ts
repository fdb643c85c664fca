import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type Command, InvalidArgumentError } from 'commander';
import type { BackendName } from '../backend/index.js';
import type { RecipeName, Scale } from '../recipes/index.js';
import { interruptSignal } from './train/interrupt.js';
import { folderName } from './train/settings.js';

interface Flags {
  scale: Scale;
  seed: number;
  set: string[];
  folder?: string;
  resume?: boolean;
  backend: BackendName | 'auto';
}

/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Written out, for the help must not wait for the library. */
const tasks = {
  smnist: true,
  psmnist: true,
  listops: true,
  text: true,
  image: true,
  retrieval: true,
  pathfinder: true,
  pathx: true,
  'speech-commands': true,
  'dvs-gesture': true,
  'wikitext-2': true,
  'wikitext-2-characters': true,
  'wikitext-103': true,
} satisfies Record<RecipeName, true>;

function seedOf(text: string): number {
  const seed = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(seed))
    throw new InvalidArgumentError('It must be a whole number.');
  return seed;
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('Train a recipe, keep the run in a folder, and evaluate its best model on the test set')
    .argument('<task>', `a recipe: ${Object.keys(tasks).join(', ')}`)
    .option(
      '--scale <scale>',
      'tiny (seconds to minutes), small (about half an hour on two cores) or paper',
      'small',
    )
    .option('--seed <number>', 'of initial weights, order of examples and dropout', seedOf, 1)
    .option(
      '--set <key=value>',
      'change the recipe: H=32, neuron=gelu, training.batch=16, task.trainExamples=6000; may be repeated',
      (pair: string, before: string[]) => [...before, pair],
      [],
    )
    .option('--folder <folder>', 'of the run (default: runs/TASK-SCALE-seedN and what was set)')
    .option('--resume', 'go on with the run in the folder, exactly where its last checkpoint stands')
    .option('--backend <name>', 'device to train on', 'auto')
    .addHelpText(
      'after',
      `
Ctrl-C saves and ends; a second one ends at once. Either way, and after a crash, --resume goes on.

Examples:
  spikingssm train smnist
  spikingssm train smnist --scale tiny --set training.steps=200 --set H=32
  spikingssm train psmnist --set neuron=gelu --set threshold=fixed   (the same model without spikes)
  spikingssm train smnist --resume`,
    )
    .action(async (name: string, flags: Flags) => {
      // V8 counts on a heap of 30 MB growing to 50, and keeps marking it beside the steps: 5 % of a small model's time.
      setFlagsFromString('--heap-growing-percent=400');
      const { runTraining } = await import('./train/run.js');
      const signal = await interruptSignal();
      const begin = `${name}-${flags.scale}-seed${flags.seed}`;
      const folder = flags.folder ?? join('runs', folderName(begin, flags.set));
      const finished = await runTraining(name as RecipeName, { ...flags, folder, signal });
      if (!finished) process.exitCode = INTERRUPTED;
    });
}
