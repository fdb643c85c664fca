import type { Command } from 'commander';
import type { BackendName } from '../backend/index.js';

export function addGolden(program: Command): void {
  program
    .command('golden')
    .description('Check this package against numbers from the official implementation')
    .argument('<dir>', 'folder of .safetensors files, single blocks or training runs')
    .option('--backend <name>', 'device to check', 'auto')
    .addHelpText('after', '\nExample:\n  spikingssm golden test/golden --backend cpu')
    .action(async (folder: string, { backend }: { backend: BackendName | 'auto' }) => {
      const { useBackend } = await import('../backend/index.js');
      const { checkGolden, goldenFiles, goldenLine } = await import('../analysis/golden/index.js');
      await useBackend(backend);
      const results = goldenFiles(folder).map((name) => {
        const result = checkGolden(folder, name);
        console.log(goldenLine(result));
        return result;
      });
      if (results.some(({ pass }) => !pass)) process.exitCode = 1;
    });
}
