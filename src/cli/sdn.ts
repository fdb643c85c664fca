import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { BackendName } from '../backend/index.js';
import type { TrainSdnOptions } from '../train/sdn/train.js';
import * as values from './values.js';

interface Flags extends Omit<TrainSdnOptions, 'onEpoch' | 'signal'> {
  out: string;
  backend: BackendName | 'auto';
}

/** Before hours of work: whether the weights can be written where they are to go. */
function checkOutput(path: string): void {
  if (!path.endsWith('.safetensors')) {
    throw new RangeError(
      `sdn: --out must name a .safetensors file, got ${path} (sdn(…, { weights }) reads no other)`,
    );
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RangeError(`sdn: --out must name a file, ${path} is a folder`);
  }
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new RangeError(
      `sdn: --out must lie in a folder that is there and can be written to, got ${path} (${(error as Error).message})`,
    );
  }
}

export function addSdn(program: Command): void {
  program
    .command('sdn')
    .description('Train a surrogate dynamic network and write its 153 weights')
    .requiredOption('--out <file>', 'where to write the weights (.safetensors)')
    .option(
      '--tau <number>',
      'decay per step of the neuron, in (0, 1); 0.125 unless given',
      values.numberIn(0, 1, false),
    )
    .option('--target <kind>', 'membrane (SDN), which it is unless given, or spike (SDN-S)')
    .option('--sequences <count>', 'training sequences; 50,000 unless given', values.count)
    .option('--length <steps>', 'steps of a sequence; 1,024 unless given', values.count)
    .option('--epochs <count>', 'passes over the sequences; 6 unless given', values.count)
    .option('--batch <count>', 'sequences a step; 64 unless given', values.count)
    .option('--learning-rate <rate>', 'of the first step, falls to 0; 0.0001 unless given', values.positive)
    .option('--seed <number>', 'of data, weights and order; 0 unless given', values.seed)
    .option('--backend <name>', 'device to train on', 'auto')
    .addHelpText('after', '\nExample:\n  spikingssm sdn --tau 0.5 --out sdn-0.5.safetensors')
    .action(async ({ out, backend, ...options }: Flags) => {
      const { useBackend } = await import('../backend/index.js');
      const { trainSDN } = await import('../train/sdn/train.js');
      checkOutput(out);
      await useBackend(backend);
      const started = performance.now();
      const trained = await trainSDN({
        ...options,
        onEpoch: ({ epoch, trainLoss, agreement, meanError, maxError }) => {
          const seconds = ((performance.now() - started) / 1000).toFixed(0);
          console.log(
            `epoch ${epoch}  loss ${trainLoss.toExponential(2)}  agreement ${(100 * agreement).toFixed(3)} %  ` +
              `error mean ${meanError.toExponential(1)} max ${maxError.toFixed(2)}  ${seconds} s`,
          );
        },
      });
      trained.save(out);
      console.log(`Wrote ${out}. On 1,000 fresh sequences of each kind:`);
      for (const [kind, { agreement, meanError, maxError }] of Object.entries(trained.report)) {
        console.log(
          `  ${kind}: agreement ${(100 * agreement).toFixed(3)} %, error mean ${meanError.toExponential(1)}, max ${maxError.toFixed(2)}`,
        );
      }
    });
}
