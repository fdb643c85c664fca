import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const folder = temporaryFolder('wrong');
mkdirSync(join(folder, 'a-folder'));
writeFileSync(join(folder, 'empty'), '');
writeFileSync(join(folder, 'a.txt'), 'words\n');
writeFileSync(join(folder, 'empty.csv'), '');
writeFileSync(join(folder, 'broken.ipynb'), '{');
writeFileSync(join(folder, 'broken.json'), '[]');
const there = readdirSync(folder).sort();

const env = { ...process.env, SPIKINGSSM_BACKEND: 'cpu', SPIKINGSSM_DATA: '' };
const spikingssm = (args: string[]) =>
  spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: 'utf8' });

test.each([
  ['bench', '--only', 'zzz'],
  ['bench', '--threads', '0'],
  ['bench', 'lif', '--threads', '1.5'],
  ['bench', 'lif', '--runs', '-1'],
  ['bench', 'matmul', '--rate', '2'],
  ['sdn', '--out', 'a.txt'],
  ['sdn', '--out', 'a-folder'],
  ['sdn', '--out', 'not/there.safetensors'],
  ['sdn', '--out', '/not-there/x.safetensors'],
  ['sdn', '--out', 'a.txt/x.safetensors'],
  ['sdn', '--out', 'x.safetensors', '--tau', '2'],
  ['sdn', '--out', 'x.safetensors', '--epochs', '0'],
  ['sdn', '--out', 'x.safetensors', '--target', 'spiek'],
  ['sdn', '--out', 'x.safetensors', '--backend', 'gpu'],
  ['curve', 'a', 'b', '--out', 'c.json'],
  ['curve', 'a-folder', 'empty', '--out', 'c.json'],
  ['curve', 'broken.json', 'broken.json', '--out', 'c.json'],
  ['golden', 'not-there'],
  ['golden', 'a.txt'],
  ['golden', 'a-folder'],
  ['run', 'not-there.ipynb'],
  ['run', 'a-folder'],
  ['run', 'empty'],
  ['run', 'broken.ipynb'],
  ['train', 'not-there.csv'],
  ['train', 'a-folder'],
  ['train', 'empty.csv'],
  ['train', 'smnist', '--seed', '-1'],
  ['train', 'smnist', '--backend', 'gpu'],
  ['predict', 'not-there', 'a.txt'],
  ['predict', 'a-folder', 'a.txt'],
  ['predict', 'a.txt', 'a.txt'],
  ['predict', 'empty', 'a.txt'],
  ['predict', 'a-folder', 'a.txt', '--batch', '0'],
  ['results', 'not-there'],
  ['results', 'a.txt'],
  ['data', 'get', 'nothing-known'],
  ['data', 'check', 'nothing-known'],
  ['reproduce', 'nothing-known'],
  ['setup', 'tensorflow', '--from', 'not-there.whl'],
  ['kernel', 'start', '--connection-file', 'not-there.json'],
  ['kernel', 'start', '--connection-file', 'broken.json'],
  ['no-such-command'],
])('%s %s %s %s %s: one clear line, no traceback, nothing made', (...args) => {
  const { stdout, stderr, status } = spikingssm(args.filter((one) => one !== undefined));
  expect(status).toBe(1);
  expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at |node:internal|Cannot read prop/m);
  expect(stderr).toMatch(/^(spikingssm|error): /m);
  expect(readdirSync(folder).sort()).toEqual(there);
});

test('a reader that has seen enough is no error', () => {
  const line = `"${process.execPath}" "${program}" data list --json | head -c 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, env, encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['[0\n', '']);
});
