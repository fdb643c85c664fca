import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { SuiteResult } from '../../src/cli/bench/suite.js';
import { temporaryFolder } from '../temporary.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const peers = join(root, 'test', 'bench', 'peers');
const python = pythonWithTorch();
if (!python) console.log('The peer is not tested: no Python with torch (SPIKINGSSM_BENCH_PYTHON names one).');

/** That of the environment variable, of the bench's own environment, or the system's, if it has torch. */
function pythonWithTorch(): string | undefined {
  const candidates = [
    process.env.SPIKINGSSM_BENCH_PYTHON,
    join(root, 'data', 'cache', 'bench-python', 'bin', 'python'),
    'python3',
  ];
  return candidates.find((name) => name && spawnSync(name, ['-c', 'import torch']).status === 0);
}

test.runIf(python)('the peer equals the official numbers of every block', () => {
  const golden = fileURLToPath(new URL('../golden/', import.meta.url));
  const { stdout, stderr, status } = spawnSync(python as string, ['golden.py', golden], {
    cwd: peers,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(9);
  for (const line of lines)
    expect(line).toMatch(/^block-[\w-]+\.safetensors {2}(\d\.\de-1\d|0\.0e\+00) {2}PASS$/);
});

test.runIf(python)('a request that fails is answered with the reason, and the next one is served', () => {
  const requests = [
    { threads: 1 },
    { prepare: 'no such case', as: 'a' },
    { prepare: 'matmul', as: 'a', rows: 3, inner: 4, cols: 5 },
    { run: 2, of: 'a' },
    { prepare: 'step', as: 'b', layers: 2, width: 4, state: 4 },
    { run: 1, of: 'b' },
  ];
  const { stdout } = spawnSync(python as string, ['serve.py'], {
    cwd: peers,
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
    encoding: 'utf8',
  });
  const replies = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(replies).toEqual([
    { torch: expect.any(String), threads: 1 },
    { error: "KeyError: 'no such case'" },
    { residentKiB: expect.any(Number) },
    { ms: [expect.any(Number), expect.any(Number)], cpuMs: expect.any(Number), peakKiB: expect.any(Number) },
    { residentKiB: expect.any(Number) },
    { ms: [expect.any(Number)], cpuMs: expect.any(Number), peakKiB: expect.any(Number) },
  ]);
});

test('without a peer the bench reports ours and leaves the peer null', () => {
  const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const out = temporaryFolder('bench');
  const words = ['bench', '--quick', '--only', 'streaming', '--python', join(out, 'no-python'), '--out', out];
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^No peers: .*ENOENT/m);
  const result = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as SuiteResult;
  expect(result.peer).toBeNull();
  expect(result.cases.map(({ name }) => name)).toEqual(['streaming step, 4 x 256 x 64']);
  expect(result.cases[0].entries).toMatchObject([{ side: 'ours', label: 'bptt', ratio: null }]);
  expect(existsSync(join(out, 'ratios.png'))).toBe(false);
});
