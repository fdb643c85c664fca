import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';

export function addTensorboard(program: Command): void {
  program
    .command('tensorboard')
    .description('Write the curves of runs as event files, which TensorBoard shows')
    .argument('<runs...>', 'folders of runs')
    .option(
      '--out <folder>',
      'where to make a folder for each run (default: the file goes into the run’s own)',
    )
    .addHelpText(
      'after',
      `
Doing it again brings the file up to date. Examples:
  spikingssm tensorboard runs/smnist-small-seed1
  tensorboard --logdir runs`,
    )
    .action(async (runs: string[], { out }: { out?: string }) => {
      const { readRun } = await import('../train/read-run.js');
      const { writeTensorboard } = await import('../train/tensorboard.js');
      for (const folder of runs) {
        const run = readRun(folder);
        const file = writeTensorboard(run, out === undefined ? folder : join(out, basename(resolve(folder))));
        console.log(`Wrote ${file}: ${run.steps.length} steps, ${run.epochs.length} evaluations`);
      }
    });
}
