import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary.js';

const root = join(import.meta.dirname, '..');

const script = `
import { recipes, spikingSSM, tasks, train, trainSDN, useBackend } from 'spikingssm';
await useBackend('cpu');
const task = await tasks.mnist({ trainExamples: 8, validationExamples: 2, testExamples: 2 });
const model = spikingSSM({ ...recipes.smnist.tiny, H: 4, N: 2, layers: 1, neuron: 'sdn' });
const { steps } = await train(model, task, { steps: 1, batch: 4, warmup: 0, evaluate: false });
console.log(steps.length, typeof trainSDN);
`;

test('installs from its tarball in a project of its own, and trains there', () => {
  const folder = temporaryFolder('package');
  const run = (cwd: string, command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      env: { ...process.env, SPIKINGSSM_DATA: '' },
    });
    expect(status, `${command} ${args.join(' ')}\n${stderr}`).toBe(0);
    return stdout.trim();
  };
  const packed = run(
    root,
    'npm',
    'pack',
    '--ignore-scripts',
    '--loglevel=error',
    '--pack-destination',
    folder,
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run(folder, 'npm', 'install', ...quietly, join(folder, packed));
  writeFileSync(join(folder, 'own.mjs'), script);
  expect(run(folder, process.execPath, 'own.mjs')).toBe('1 function');
});
