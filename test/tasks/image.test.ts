import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readUnpacked } from '../../src/files/gzip.js';
import { toGray } from '../../src/tasks/image/cifar.js';
import { image } from '../../src/tasks/index.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import { torchPermutation } from '../../src/tasks/torch-permutation.js';

const folder = mkdtempSync(join(tmpdir(), 'image-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = process.env.SPIKINGSSM_DATA;
beforeEach(() => {
  vi.stubEnv('SPIKINGSSM_DATA', folder);
  mkdirSync(join(folder, 'cifar10'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, 'cifar10'), { recursive: true });
});

/** `count` records: class i mod 10, every pixel of plane p equal to i + 10 p. */
function records(count: number, planes: number, first = 0): Uint8Array {
  return Buffer.concat(
    Array.from({ length: count }, (_, n) => {
      const i = first + n;
      const parts = Array.from({ length: planes }, (_, p) => new Uint8Array(1024).fill(i + 10 * p));
      return Buffer.concat([Uint8Array.of(i % 10), ...parts]);
    }),
  );
}

const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, 'cifar10', name), bytes);

function placeOfficial(): void {
  for (let i = 0; i < 5; i++) write(`data_batch_${i + 1}.bin`, records(4, 3, 4 * i));
  write('test_batch.bin.gz', gzipSync(records(5, 3)));
}

function contents(set: Dataset): { pixels: number[]; labels: number[] } {
  const pixels: number[] = [];
  const labels: number[] = [];
  for (const batch of set.batches({ batch: 3 })) {
    expect(batch.x.shape).toEqual([batch.y.size, 1024, 1]);
    const x = batch.x.dataSync();
    labels.push(...batch.y.dataSync());
    for (let b = 0; b < batch.y.size; b++) pixels.push(x[b * 1024 + 700]);
    disposeBatch(batch);
  }
  return { pixels, labels };
}

describe('the images', () => {
  it('of the official files are made gray and normalised; split as torch does', async () => {
    placeOfficial();
    const task = await image();
    expect(task).toMatchObject({ name: 'image', classes: 10, length: 1024, notes: [] });
    const split = [...torchPermutation(20, 42)];
    // 0.299 R + 0.587 G + 0.114 B of planes i, i + 10, i + 20.
    const expected = (i: number) => Math.fround((Math.round(i + 8.15) - 122.6) / 61);
    expect(contents(task.train)).toEqual({
      pixels: split.slice(0, 18).map(expected),
      labels: split.slice(0, 18).map((i) => i % 10),
    });
    expect(contents(task.validation).pixels).toEqual(split.slice(18).map(expected));
    expect(contents(task.test).labels.sort()).toEqual([0, 1, 2, 3, 4]);
    expect((await image({ trainExamples: 2, testExamples: 1 })).train.size).toBe(2);
  });

  it('are JPEG copies where there are no others, and the notes say so', async () => {
    write('cifar10_gray_jpegq75_train.bin.gz', gzipSync(records(10, 1)));
    write('cifar10_gray_jpegq75_test.bin.gz', gzipSync(records(2, 1)));
    const task = await image();
    expect(task.notes).toEqual(['images are gray copies from JPEG (quality 75), not the original CIFAR-10']);
    expect(contents(task.train).pixels).toEqual(
      [...torchPermutation(10, 42).subarray(0, 9)].map((i) => Math.fround((i - 122.6) / 61)),
    );
    placeOfficial();
    expect((await image()).notes).toEqual([]);
  });
});

describe('refusing', () => {
  it('missing and damaged files, naming them', async () => {
    await expect(image()).rejects.toThrow(
      /^image: cifar10 needs data_batch_1\.bin or data_batch_1\.bin\.gz or/,
    );
    placeOfficial();
    write('data_batch_3.bin', records(2, 3).subarray(1));
    await expect(image()).rejects.toThrow(
      /data_batch_3\.bin: expected records of 3073 bytes, got 6145 bytes/,
    );
    write('data_batch_3.bin', new Uint8Array(3073).fill(10));
    await expect(image()).rejects.toThrow(/data_batch_3\.bin: expected labels of 0 to 9, got 10 in record 0/);
    rmSync(join(folder, 'cifar10', 'data_batch_3.bin'));
    await expect(image()).rejects.toThrow(/needs data_batch_3\.bin/);
  });

  it('more examples than there are', async () => {
    placeOfficial();
    await expect(image({ testExamples: 6 })).rejects.toThrow(
      /^image: testExamples must be a whole number from 1 to 5, got 6/,
    );
  });
});

describe.skipIf(!data || !existsSync(join(data, 'cifar10')))(
  'the local images (needs the folder cifar10 in SPIKINGSSM_DATA)',
  () => {
    it('are 45,000, 5,000 and 10,000, of ten classes alike, mean 0 and deviation 1', async () => {
      vi.stubEnv('SPIKINGSSM_DATA', data);
      const task = await image();
      expect([task.train.size, task.validation.size, task.test.size]).toEqual([45_000, 5_000, 10_000]);
      const counts = new Array<number>(10).fill(0);
      let [sum, squares] = [0, 0];
      for (const batch of task.test.batches({ batch: 500 })) {
        for (const label of batch.y.dataSync()) counts[label]++;
        for (const value of batch.x.dataSync()) {
          sum += value;
          squares += value * value;
        }
        disposeBatch(batch);
      }
      expect(counts).toEqual(new Array(10).fill(1000));
      const mean = sum / (10_000 * 1024);
      expect(Math.abs(mean)).toBeLessThan(0.03);
      expect(Math.abs(Math.sqrt(squares / (10_000 * 1024) - mean * mean) - 1)).toBeLessThan(0.03);
    });

    it('of the lossless file are as gray as the copies of them', () => {
      const colour = readUnpacked('image', join(data as string, 'cifar10', 'cifar10_lossless_4000.bin.gz'));
      const copies = readUnpacked(
        'image',
        join(data as string, 'cifar10', 'cifar10_gray_jpegq75_train.bin.gz'),
      );
      expect([colour.length, copies.length]).toEqual([4000 * 3073, 50_000 * 1025]);
      const mean = (bytes: Uint8Array, size: number, gray: (image: Uint8Array) => Uint8Array) => {
        let total = 0;
        for (let at = 0; at < bytes.length; at += size)
          total += gray(bytes.subarray(at + 1, at + size)).reduce((sum, pixel) => sum + pixel, 0);
        return total / (bytes.length / size) / 1024;
      };
      const buffer = new Uint8Array(1024);
      const ofColour = mean(colour, 3073, (image) => {
        toGray(image, buffer);
        return buffer;
      });
      // An image's mean varies by about 31 gray levels: 4.5 standard errors of the mean of 4,000.
      expect(Math.abs(ofColour - mean(copies, 1025, (image) => image))).toBeLessThan(
        (4.5 * 31) / Math.sqrt(4000),
      );
    });
  },
);
