import { join, parse, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { BackendName } from '../backend/index.js';
import type { RecipeName, Scale } from '../recipes/index.js';
import { trainingRequests } from './train/interrupt.js';
import { folderName } from './train/settings.js';
import * as values from './values.js';

interface Flags {
  scale: Scale;
  seed: number;
  set: string[];
  folder?: string;
  resume?: boolean;
  label?: string;
  backend: BackendName | 'auto';
}

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

/** A recipe's name; of a file of the user's, its name without place and kind. */
function runName(name: string): string {
  return Object.hasOwn(tasks, name) ? name : parse(resolve(name)).name.replace(/[^\w.=+-]/g, '_');
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description(
      'Train a recipe or a model on your own data, keep the run in a folder, and evaluate its best model on the test set',
    )
    .argument(
      '<task>',
      `a recipe (${Object.keys(tasks).join(', ')}), or a file or folder of yours: CSV, .npz, .npy, idx, a folder of ` +
        'WAV recordings',
    )
    .option(
      '--scale <scale>',
      'tiny (seconds to minutes), small (about half an hour on two cores) or paper',
      'small',
    )
    .option('--label <name>', 'of your own data: the column or array with the class')
    .option('--seed <number>', 'of initial weights, order of examples and dropout', values.seed, 1)
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
Ctrl-C saves and ends, as SIGTERM does; a second one ends at once. Either way, and after a crash, --resume goes on.

Examples:
  spikingssm train smnist
  spikingssm train smnist --scale tiny --set training.steps=200 --set H=32
  spikingssm train psmnist --set neuron=gelu --set threshold=fixed   (the same model without spikes)
  spikingssm train smnist --resume
  spikingssm train beats.csv --label class                           (a sequence a row)
  spikingssm train gait.csv --label person --set task.sequence=walk   (a step a row)
  spikingssm train GunPoint_TRAIN.ts                                 (GunPoint_TEST.ts beside it is the test set)
  spikingssm train book.txt --set task.length=128                    (what character comes next)
  spikingssm train recordings/ --scale tiny --set task.sampleRate=8000
  spikingssm train arrays.npz --label labels

Data of your own are read as tasks.fromPath does and standardised; --set task.NAME=VALUE passes an option of it. A recipe goes before a file
of its name: write ./smnist for that.`,
    )
    .action(async (name: string, flags: Flags) => {
      // V8 counts on a heap of 30 MB growing to 50, and keeps marking it beside the steps: 5 % of a small model's time.
      setFlagsFromString('--heap-growing-percent=400');
      const { runTraining } = await import('./train/run.js');
      const { signal, exitCode } = await trainingRequests();
      const begin = `${runName(name)}-${flags.scale}-seed${flags.seed}`;
      const folder = flags.folder ?? join('runs', folderName(begin, flags.set));
      const finished = await runTraining(name, { ...flags, folder, signal });
      if (!finished) process.exitCode = exitCode();
    });
}
