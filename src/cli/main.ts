#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCurve } from './curve.js';
import { addData } from './data.js';
import { addDoctor } from './doctor.js';
import { reportFailure } from './failure.js';
import { addGolden } from './golden.js';
import { addKernel } from './kernel.js';
import { addLab } from './lab.js';
import { addPredict } from './predict.js';
import { addReproduce } from './reproduce.js';
import { addResults } from './results.js';
import { addRun } from './run.js';
import { addSdn } from './sdn.js';
import { addSetup } from './setup.js';
import { outliveReaders } from './signals.js';
import { addTensorboard } from './tensorboard.js';
import { addTrain } from './train.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('spikingssm')
  .description('A TypeScript workbench for SpikingSSM: spiking state-space models that learn long sequences.')
  .version(version)
  // `setup tensorflow --version` is not the version of this program.
  .enablePositionalOptions()
  .showHelpAfterError('(--help after the command says what it takes, spikingssm --help lists the commands)')
  .addHelpText('after', '\nExample:\n  spikingssm run notebooks/01-quickstart.ipynb');

outliveReaders();
addRun(program);
addKernel(program);
addLab(program);
addData(program);
addDoctor(program);
addGolden(program);
addReproduce(program);
addSdn(program);
addTrain(program);
addPredict(program);
addResults(program);
addCurve(program);
addTensorboard(program);
addSetup(program);
// The benchmarks load the whole library, for which no front end that starts a kernel should wait.
if (process.argv[2] !== 'kernel') (await import('./bench.js')).addBench(program);

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
