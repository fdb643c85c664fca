import type { Command } from 'commander';
import type { BackendName } from '../backend/index.js';
import * as values from './values.js';

interface Flags {
  json?: boolean;
  batch: number;
  backend: BackendName | 'auto';
}

export function addPredict(program: Command): void {
  program
    .command('predict')
    .description(
      'Say the class (or the numbers) of new sequences, read and prepared as those that a run was trained on',
    )
    .argument('<run>', 'the folder of a run on data of your own, or a checkpoint of it (.safetensors)')
    .argument(
      '<files...>',
      'raw files of the kind trained on: .csv, .tsv, .ts, .arff, .npz, .npy, idx, WAV recordings or folders of them',
    )
    .option(
      '--json',
      'print an array of a sequence each: file, key, class, probabilities by class (or numbers), and label where the file has one',
    )
    .option('--batch <count>', 'sequences at once', values.count, 100)
    .option('--backend <name>', 'device to compute on', 'auto')
    .addHelpText(
      'after',
      `
Where a file has the column or array of the classes, the share of right answers is said too.

Examples:
  spikingssm predict runs/beats-small-seed1 new.csv
  spikingssm predict runs/recordings-small-seed1/best.safetensors call-17.wav more-calls/ --json`,
    )
    .action(async (run: string, files: string[], { json, batch, backend }: Flags) => {
      const { useBackend } = await import('../backend/index.js');
      const { predictFiles, predictionTable } = await import('../analysis/predict-files.js');
      await useBackend(backend);
      const found = await predictFiles(run, files, { batch });
      console.log(json ? JSON.stringify(found, undefined, 2) : predictionTable(found));
    });
}
