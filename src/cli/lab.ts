import type { Command } from 'commander';
import { reportFailure } from './failure.js';

/** Adds `spikingssm lab`. */
export function addLab(program: Command): void {
  program
    .command('lab')
    .description('Open JupyterLab on notebooks/; the first time, make a Python environment for it in .venv')
    .argument('[arguments...]', 'further arguments for jupyter lab')
    .allowUnknownOption()
    .addHelpText('after', '\nExample:\n  spikingssm lab --no-browser --port 8890')
    .action(async (args: string[]) => {
      const { openLab } = await import('../jupyter/lab.js');
      try {
        process.exitCode = await openLab({
          folder: process.cwd(),
          args,
          onStep: (text) => console.log(text),
        });
      } catch (error) {
        reportFailure(error);
      }
    });
}
