import type { Command } from 'commander';
import { reportFailure } from './failure.js';

/** Adds `spikingssm kernel install | uninstall | start`. */
export function addKernel(program: Command): void {
  const kernel = program.command('kernel').description('TypeScript for Jupyter: install, remove or start it');

  placed(kernel.command('install'))
    .description('Let Jupyter, VS Code and papermill find the TypeScript kernel')
    .addHelpText(
      'after',
      '\nExamples:\n  spikingssm kernel install --user\n  spikingssm kernel install --prefix .venv',
    )
    .action(async (place: Place) => {
      const { installKernel } = await import('../jupyter/kernel/spec.js');
      report(() => console.log(`Installed the kernel "TypeScript" in ${installKernel(place)}`));
    });

  placed(kernel.command('uninstall'))
    .description('Remove what install has put there')
    .addHelpText('after', '\nExample:\n  spikingssm kernel uninstall --user')
    .action(async (place: Place) => {
      const { uninstallKernel } = await import('../jupyter/kernel/spec.js');
      report(() => {
        const folder = uninstallKernel(place);
        console.log(folder ? `Removed ${folder}` : 'There was no TypeScript kernel in that place');
      });
    });

  kernel
    .command('start')
    .description('Serve one notebook; Jupyter calls this')
    .requiredOption('--connection-file <file>', 'addresses and key, as Jupyter writes them')
    .addHelpText('after', '\nExample:\n  spikingssm kernel start --connection-file connection.json')
    .action(async ({ connectionFile }: { connectionFile: string }) => {
      const { startKernel } = await import('../jupyter/kernel/start.js');
      await startKernel(connectionFile);
    });
}

interface Place {
  user?: boolean;
  prefix?: string;
  sysPrefix?: boolean;
}

function placed(command: Command): Command {
  return command
    .option('--user', "your own Jupyter folder (where nothing else is said, that's the one)")
    .option('--prefix <folder>', 'a Python environment or other prefix: FOLDER/share/jupyter')
    .option('--sys-prefix', 'the environment of the python3 on the PATH');
}

function report(work: () => void): void {
  try {
    work();
  } catch (error) {
    reportFailure(error);
  }
}
