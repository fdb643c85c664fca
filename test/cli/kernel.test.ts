import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary.js';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'dist', 'cli', 'main.js');

function kernel(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'kernel', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { stdout, stderr, status };
}

test('install writes the kernelspec, its logos and the template; uninstall takes all of it away', () => {
  const prefix = temporaryFolder('prefix');
  const data = join(prefix, 'share', 'jupyter');
  const folder = join(data, 'kernels', 'typescript');
  expect(kernel(['install', '--prefix', prefix])).toEqual({
    stdout: `Installed the kernel "TypeScript" in ${folder}\n`,
    stderr: '',
    status: 0,
  });
  expect(readdirSync(folder).sort()).toEqual([
    'kernel.json',
    'logo-32x32.png',
    'logo-64x64.png',
    'logo-svg.svg',
  ]);
  const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as Record<string, unknown>;
  // What JupyterLab and VS Code's Jupyter extension look at.
  expect(spec).toMatchObject({
    argv: [process.execPath, main, 'kernel', 'start', '--connection-file', '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
    interrupt_mode: 'message',
  });
  expect(existsSync(join(data, 'nbconvert', 'templates', 'typescript', 'static', 'plotly.min.js'))).toBe(
    true,
  );

  expect(kernel(['uninstall', '--prefix', prefix]).stdout).toBe(`Removed ${folder}\n`);
  expect(readdirSync(join(data, 'kernels'))).toEqual([]);
  expect(readdirSync(join(data, 'nbconvert', 'templates'))).toEqual([]);
  expect(kernel(['uninstall', '--prefix', prefix])).toEqual({
    stdout: 'There was no TypeScript kernel in that place\n',
    stderr: '',
    status: 0,
  });
});

test("without a place it is the user's own folder", () => {
  const data = temporaryFolder('data');
  const env = { JUPYTER_DATA_DIR: data };
  expect(kernel(['install'], env).stdout).toContain(join(data, 'kernels', 'typescript'));
  expect(kernel(['uninstall', '--user'], env).stdout).toContain('Removed');
});

test('two places are one too many', () => {
  for (const command of ['install', 'uninstall']) {
    const { stderr, status } = kernel([command, '--user', '--prefix', temporaryFolder('prefix')]);
    expect(stderr).toBe(
      'spikingssm: kernel: give one of --user, --prefix and --sys-prefix, got more (leave out the others)\n',
    );
    expect(status).toBe(1);
  }
});
