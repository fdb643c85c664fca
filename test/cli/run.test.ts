import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary.js';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'dist', 'cli', 'main.js');
const fixtures = join(root, 'test', 'jupyter', 'fixtures');

function spikingssm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: root });
}

describe('spikingssm run', () => {
  test('runs a notebook and says what it wrote; plain lines where there is no terminal', () => {
    const out = temporaryFolder('cli');
    const { status, stderr, stdout } = spikingssm('run', join(fixtures, 'good.ipynb'), '--out', out);
    expect(stderr).toMatch(/^\[1\/6\] Imports\n\[2\/6\] A display that is updated in place\n/);
    expect(stderr).toMatch(/Done in [\d.]+ s\. Written: .*good\.ipynb and .*good\.html\n$/);
    expect(stderr).not.toContain('\u001b');
    expect(stdout).toBe('');
    expect(status).toBe(0);
    expect(existsSync(join(out, 'good.html'))).toBe(true);
  });

  test('a cell that fails ends the command with its cell, line and source, and no trace of Node', () => {
    const out = temporaryFolder('cli');
    const { status, stderr } = spikingssm('run', join(fixtures, 'throws.ipynb'), '--out', out);
    expect(status).toBe(1);
    expect(stderr).toContain('  > 6 | none.size;');
    expect(stderr).toMatch(/^spikingssm: cell 2, line 6: TypeError: Cannot read properties of undefined/m);
    expect(stderr).not.toMatch(/node:|node_modules|\.js:/);
    expect(existsSync(join(out, 'throws.ipynb')) && existsSync(join(out, 'throws.html'))).toBe(true);
  });

  test('a timer that a cell leaves behind does not keep the command alive', () => {
    const folder = temporaryFolder('cli');
    const cell = {
      cell_type: 'code',
      id: 'a',
      metadata: {},
      source: 'setInterval(() => {}, 1000);\nvoid 0;',
      outputs: [],
      execution_count: null,
    };
    const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(folder, 'timer.ipynb'), JSON.stringify(notebook));
    expect(spikingssm('run', join(folder, 'timer.ipynb')).status).toBe(0);
    expect(existsSync(join(folder, 'out', 'timer.html'))).toBe(true);
  });
});

describe('spikingssm', () => {
  test.each([
    [['run', 'no-such.ipynb'], /^spikingssm: readNotebook: cannot read .*no-such\.ipynb \(ENOENT[^\n]*\n$/],
    [
      ['run', 'package.json'],
      /^spikingssm: readNotebook: .*package\.json: nbformat must be 4, got nothing\n$/,
    ],
    [['run'], /^error: missing required argument 'notebook'\n/],
    [['rum'], /unknown command 'rum'/],
  ])('%j fails with one clear line', (args, message) => {
    const { status, stderr } = spikingssm(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });

  test('SPIKINGSSM_DEBUG=1 shows where an error comes from', () => {
    const env = { ...process.env, SPIKINGSSM_DEBUG: '1' };
    const { stderr } = spawnSync(process.execPath, [program, 'run', 'none.ipynb'], { encoding: 'utf8', env });
    expect(stderr).toMatch(/\n\s+at /);
  });

  test('help lists the commands with an example', () => {
    expect(spikingssm('--help').stdout).toMatch(/run \[options\] <notebook>[\s\S]*Example:/);
    expect(spikingssm('run', '--help').stdout).toMatch(/--out <folder>[\s\S]*Example:/);
  });
});
