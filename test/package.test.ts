import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
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

/** A user's own file that names much of the library; tensors of another copy of tfjs are as good as ours. */
const typed = `
import * as library from 'spikingssm';
import { spikingSSM, type Example, type Model, tasks, tf } from 'spikingssm';
const examples: readonly Example[] = [{ x: [1, 2], y: 'a' }];
const model: Model = spikingSSM({ inputs: { kind: 'real', size: 1 }, classes: 2 });
export const y: tf.Tensor = model.apply(tf.zeros([1, 2, 1])).add(1);
export const task: ReturnType<typeof tasks.sequences> = tasks.sequences(examples);
export { library };
`;

const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
const folder = temporaryFolder('package');

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, SPIKINGSSM_DATA: '' },
  });
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout.trim();
}

beforeAll(() => {
  const pack = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const packed = run(root, 'npm', ...pack);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  run(folder, 'npm', 'install', ...quietly, join(folder, packed));
});

test('installs from its tarball in a project of its own, and trains there', () => {
  writeFileSync(join(folder, 'own.mjs'), script);
  expect(run(folder, process.execPath, 'own.mjs')).toBe('1 function');
});

describe.each(['typescript', 'typescript-7'])(
  'a strict project that checks its libraries, %s',
  (compiler) => {
    test.each([
      ['as it comes', {}],
      ['without a browser', { lib: ['es2023'], types: ['node'] }],
      ['without any types', { lib: ['es2023'], types: [] }],
      ['with a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
    ])('%s', (_, options) => {
      writeFileSync(join(folder, 'use.ts'), typed);
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        target: 'es2022',
        module: 'nodenext',
        ...options,
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      run(folder, process.execPath, join(root, 'node_modules', compiler, 'bin', 'tsc'), '-p', '.');
    });
  },
);
