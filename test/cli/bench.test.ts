import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { summary } from '../../src/analysis/measure.js';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import { floorOf } from '../../src/cli/bench/floor.js';
import { timesOfKernels } from '../../src/cli/bench/profile.js';
import { addBench } from '../../src/cli/bench.js';
import * as tf from '../../src/tf.js';

const native = availableBackends().native === true;
/** As little work as there can be. */
const BRIEF = ['--seconds', '0', '--runs', '2', '--json'];

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void vi.restoreAllMocks());

async function bench(...words: string[]): Promise<void> {
  const program = new Command();
  program.exitOverride().configureOutput({ writeErr: () => {} });
  addBench(program);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  await program.parseAsync(['bench', ...words], { from: 'user' });
}

const TINY = '--batch 2 --length 33 --width 5 --state 4'.split(' ');
const CASES: Record<string, { words: string[]; says: object }> = {
  'block forward': {
    words: ['block', ...TINY],
    says: { case: 'block', length: 33, neuron: 'bptt', pass: 'forward' },
  },
  'block train sdn': {
    words: ['block', ...TINY, '--neuron', 'sdn', '--pass', 'train'],
    says: { neuron: 'sdn', pass: 'train' },
  },
  'block train, both ways, B trained': {
    words: ['block', ...TINY, '--neuron', 'sltt', '--pass', 'train', '--bidirectional', '--trainable-b'],
    says: { bidirectional: true, trainableB: true },
  },
  'model smnist': {
    words: ['model', ...TINY, '--layers', '1'],
    says: { recipe: 'smnist', batch: 2, layers: 1, pass: 'train' },
  },
  'model psmnist forward': {
    words: ['model', '--recipe', 'psmnist', ...TINY, '--layers', '1', '--pass', 'forward'],
    says: { recipe: 'psmnist', pass: 'forward' },
  },
  'model listops': {
    words: ['model', '--recipe', 'listops', ...TINY, '--layers', '2'],
    says: { recipe: 'listops', layers: 2 },
  },
  'dense matmul': {
    words: ['matmul', '--rows', '20', '--inner', '6', '--cols', '7'],
    says: { rows: 20, rate: null },
  },
  'spike matmul': {
    words: ['matmul', '--rows', '20', '--inner', '6', '--cols', '7', '--rate', '0.1'],
    says: { rate: 0.1 },
  },
  lif: {
    words: ['lif', '--batch', '2', '--length', '9', '--width', '5', '--pass', 'train'],
    says: { case: 'lif', width: 5 },
  },
  step: {
    words: ['step', '--layers', '1', '--width', '5', '--state', '4'],
    says: { case: 'step', batch: 1 },
  },
};

describe.each(['cpu', ...(native ? ['native'] : [])])('a single case on %s', (backend) => {
  test.each(Object.entries(CASES))('%s', async (_, { words, says }) => {
    await bench(...words, '--backend', backend, '--threads', '2', ...BRIEF);
    expect(lines).toHaveLength(1);
    const result = JSON.parse(lines[0]);
    expect(result).toMatchObject({ ...says, backend, threads: backend === 'native' ? 2 : 1, runs: 2 });
    expect(result.minMs).toBeGreaterThan(0);
    expect(result.medianMs).toBeGreaterThanOrEqual(result.minMs);
    expect(result.maxMs).toBeGreaterThanOrEqual(result.medianMs);
    expect(result.cpuMs).toBeGreaterThan(0);
    expect(result.peakKiB).toBeGreaterThan(10_000);
  });
});

test('without --json a line for people', async () => {
  await bench(
    'lif',
    '--batch',
    '1',
    '--length',
    '3',
    '--width',
    '2',
    '--backend',
    'cpu',
    '--seconds',
    '0',
    '--runs',
    '1',
  );
  expect(lines).toEqual([
    expect.stringMatching(
      /^lif: median [\d.]+ ms, min [\d.]+, max [\d.]+, 1 runs \(cpu, 1 thread\), \d+ MiB at most$/,
    ),
  ]);
});

test.each([
  [
    ['block', '--batch', '0'],
    /'--batch <count>' argument '0' is invalid\. It must be a whole number of at least 1\./,
  ],
  [
    ['block', '--neuron', 'liff'],
    /argument .liff. is invalid\. Allowed choices are lif, bptt, sltt, sdn, sdn-spike, gelu\./,
  ],
  [['matmul', '--rate', '2'], /It must be a number in \[0, 1\]\./],
  [['model', '--recipe', 'mnist'], /Allowed choices are smnist, psmnist, listops\./],
  [['blok'], /too many arguments|unknown command/],
  [['block', '--state', '3', '--backend', 'cpu', ...BRIEF], /N must be even/],
])('%j is refused with its reason', async (words, reason) => {
  await expect(bench(...words)).rejects.toThrow(reason);
});

test('the recipes have the sizes of the paper unless others are given', async () => {
  const { modelSizes } = await import('../../src/cli/bench/model.js');
  expect(modelSizes('smnist', {})).toEqual({ batch: 50, length: 784, layers: 2, width: 400, state: 64 });
  expect(modelSizes('psmnist', {})).toEqual({ batch: 50, length: 784, layers: 4, width: 256, state: 64 });
  expect(modelSizes('listops', { batch: 8 })).toEqual({
    batch: 8,
    length: 2048,
    layers: 6,
    width: 256,
    state: 4,
  });
});

test('the median lies between the middle ones', () => {
  const turns = [
    { times: [5, 1], cpuMs: 9 },
    { times: [2], cpuMs: 3 },
  ];
  expect(summary(turns)).toEqual({ medianMs: 2, minMs: 1, maxMs: 5, runs: 3, cpuMs: 4 });
  expect(summary([{ times: [4, 1, 2, 8], cpuMs: 0 }]).medianMs).toBe(3);
});

describe('floor', () => {
  const machine = { gflops: 100, tileGflops: 1000, gigabytes: 10 };

  test('is the larger of operations and memory, of the cheapest way, summed over parts', () => {
    // 1e8 operations take 1 ms in vectors; 2e7 bytes take 2 ms
    const slow = { flops: 1e8, bytes: 2e7, unit: 'vectors' } as const;
    expect(floorOf(machine, [[slow]])).toEqual({ gflop: 0.1, megabytes: 20, floorMs: 2, bound: 'memory' });
    const dense = { flops: 5e9, bytes: 0, unit: 'tiles' } as const; // 5 ms
    const sparse = { flops: 3e8, bytes: 0, unit: 'vectors' } as const; // 3 ms
    const both = floorOf(machine, [[dense, sparse], [slow]]);
    expect(both.floorMs).toBeCloseTo(5);
    expect(both.bound).toBe('vectors');
  });

  test.runIf(native)('the machine computes and moves bytes', async () => {
    const { measureMachine } = await import('../../src/cli/bench/floor.js');
    const { gflops, gigabytes } = measureMachine();
    expect(gflops).toBeGreaterThan(0.5);
    expect(gigabytes).toBeGreaterThan(0.1);
  });
});

test('a profile counts more kernels than fit into the arguments of one call', async () => {
  await useBackend('cpu');
  const one = tf.scalar(1);
  const work = () => {
    for (let i = 0; i < 130_000; i++) tf.tidy(() => void tf.add(one, one));
  };
  const { Add } = Object.fromEntries(await timesOfKernels({ run: work }, 1));
  expect(Add.calls).toBe(130_000);
  expect(Add.ms).toBeGreaterThan(0);
  one.dispose();
});

test('the peak of memory is that of the process, not of the one that started it', () => {
  const module = pathToFileURL(
    join(import.meta.dirname, '..', '..', 'dist', 'cli', 'bench', 'peak-memory.js'),
  );
  const child = `import { peakKiB } from '${module}'; console.log(peakKiB());`;
  const parent = `
    import { spawnSync } from 'node:child_process';
    const large = Buffer.alloc(400 << 20, 1);
    const words = ['--input-type=module', '--eval', process.argv[1]];
    process.stdout.write(spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout);
    process.stdout.write(large.toString('latin1', 0, 0));
  `;
  const words = ['--input-type=module', '--eval', parent, child];
  const peak = Number(spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout);
  expect(peak).toBeGreaterThan(10 << 10);
  expect(peak).toBeLessThan(300 << 10);
});
