import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readIdx } from '../../src/tasks/idx.js';
import { pathfinder, pathx, writePathfinder } from '../../src/tasks/index.js';
import { pathfinderImages } from '../../src/tasks/pathfinder/generate.js';
import { shrink } from '../../src/tasks/pathfinder/lanczos.js';
import { drawLine, picture } from '../../src/tasks/pathfinder/raster.js';
import { type ContourLength, settings } from '../../src/tasks/pathfinder/settings.js';
import { disposeBatch } from '../../src/tasks/task.js';
import { torchPermutation } from '../../src/tasks/torch-permutation.js';

const folder = mkdtempSync(join(tmpdir(), 'pathfinder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = process.env.SPIKINGSSM_DATA;
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => vi.unstubAllEnvs());

/** What a set of images is compared by: mean of each image's value, its mean and variance over the images. */
function statistics(
  images: readonly Uint8Array[],
  of: (pixel: number) => number,
): { mean: number; error: number } {
  const means = images.map((pixels) => pixels.reduce((sum, pixel) => sum + of(pixel), 0) / pixels.length);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1);
  return { mean, error: Math.sqrt(variance / means.length) };
}

describe('images made here', () => {
  const make = pathfinderImages(settings('pathfinder'), 7);
  const made = Array.from({ length: 800 }, (_, i) => make(i));
  const images = made.map(({ pixels }) => pixels);

  it('use all 256 levels, from 0 to 255, and both labels alike', () => {
    for (const pixels of images) {
      expect(pixels.length).toBe(1024);
      expect(Math.max(...pixels)).toBe(255);
      expect(Math.min(...pixels)).toBe(0);
    }
    const ones = made.filter(({ label }) => label === 1).length;
    expect(Math.abs(ones / 800 - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / 800));
  });

  it('are the same by seed and number, in any order', () => {
    const again = pathfinderImages(settings('pathfinder'), 7);
    for (const i of [5, 0, 799]) expect(again(i)).toEqual(made[i]);
    expect(pathfinderImages(settings('pathfinder'), 8)(0).pixels).not.toEqual(images[0]);
    expect(images[1]).not.toEqual(images[0]);
  });

  // The original generator with the settings of Long Range Arena, 2,000 images: mean, deviation, shares.
  it.each([
    ['the mean', 20.14, (pixel: number) => pixel],
    ['the share of pixels above 0', 0.3405, (pixel: number) => (pixel > 0 ? 1 : 0)],
    ['the share of pixels above 64', 0.1255, (pixel: number) => (pixel > 64 ? 1 : 0)],
    ['the mean square', 51.03 ** 2 + 20.14 ** 2, (pixel: number) => pixel * pixel],
  ])('have %s of the original', (_, expected, of) => {
    const { mean, error } = statistics(images, of);
    expect(Math.abs(mean - expected)).toBeLessThan(4.5 * error * Math.sqrt(1 + 800 / 2000));
  });

  it.skipIf(!data || !existsSync(join(data, 'pathfinder')))(
    'have the histogram of the reference images, and bright distractors as often (needs SPIKINGSSM_DATA)',
    () => {
      const read = (name: string) =>
        readIdx(join(data as string, 'pathfinder', `reference-${name}-ubyte.gz`));
      const { shape, data: bytes } = read('images-idx3');
      expect(shape).toEqual([2000, 32, 32]);
      const reference = Array.from({ length: 2000 }, (_, i) =>
        Uint8Array.from(bytes.subarray(i * 1024, (i + 1) * 1024)),
      );
      const labels = Uint8Array.from(read('labels-idx1').data);
      expect(labels.reduce((sum, label) => sum + label, 0)).toBe(1013);
      for (let level = 0; level < 256; level += 16) {
        const inBin = (pixel: number) => (pixel >= level && pixel < level + 16 ? 1 : 0);
        const [ours, theirs] = [statistics(images, inBin), statistics(reference, inBin)];
        const error = Math.hypot(ours.error, theirs.error);
        expect(Math.abs(ours.mean - theirs.mean), `levels from ${level}`).toBeLessThan(4.5 * error);
      }
      // Discs are the brightest where no distractor found room: 6 pixels of at least 245.
      const bare = (pixels: Uint8Array) => pixels.filter((pixel) => pixel >= 245).length === 6;
      const [ours, theirs] = [images, reference].map((set) => set.filter(bare).length / set.length);
      expect(Math.abs(ours - theirs)).toBeLessThan(4.5 * Math.sqrt(0.25 * (1 / 800 + 1 / 2000)));
      // Where paths lie, by distance from the border.
      for (let ring = 0; ring < 16; ring++) {
        const share = (pixels: Uint8Array) => {
          const on = pixels.filter((_, i) => {
            const [y, x] = [i >> 5, i & 31];
            return Math.min(y, x, 31 - y, 31 - x) === ring;
          });
          return on.filter((pixel) => pixel > 40).length / on.length;
        };
        const spread = (set: Uint8Array[]) => {
          const shares = set.map(share);
          const mean = shares.reduce((sum, value) => sum + value, 0) / shares.length;
          const variance = shares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (shares.length - 1);
          return { mean, error: Math.sqrt(variance / shares.length) };
        };
        const [a, b] = [spread(images), spread(reference)];
        expect(Math.abs(a.mean - b.mean), `ring ${ring}`).toBeLessThan(
          4.5 * Math.hypot(a.error, b.error) + 1e-9,
        );
      }
    },
  );

  it('of shorter paths have more and shorter distractors, and fewer dashes in all', () => {
    expect([6, 9, 14].map((length) => settings('pathfinder', length as ContourLength))).toMatchObject([
      { dashes: 6, distractorDashes: 2, distractors: 10 },
      { dashes: 9, distractorDashes: 3, distractors: 6 },
      { dashes: 14, distractorDashes: 4, distractors: 5 },
    ]);
    expect(settings('pathx')).toMatchObject({ dashes: 14, distractorDashes: 4, distractors: 8 });
    const easy = pathfinderImages(settings('pathfinder', 6), 7);
    const some = Array.from({ length: 100 }, (_, i) => easy(i));
    expect(some[0].pixels).not.toEqual(images[0]);
    const lit = (set: Uint8Array[]) => statistics(set, (pixel) => (pixel > 0 ? 1 : 0)).mean;
    // Two paths of 6 and ten of 2 are 32 dashes, two of 14 and five of 4 are 48.
    const share = lit(some.map(({ pixels }) => pixels)) / lit(images);
    expect(share).toBeGreaterThan(32 / 48 - 0.1);
    expect(share).toBeLessThan(1);
  });

  it('of Path-X are 128 x 128, sparser, with gaps of 2 or 3', () => {
    const large = pathfinderImages(settings('pathx'), 1);
    const some = Array.from({ length: 6 }, (_, i) => large(i));
    for (const { pixels, margin } of some) {
      expect(pixels.length).toBe(128 * 128);
      expect([2, 3]).toContain(margin);
      expect(Math.max(...pixels)).toBe(255);
      const dark = pixels.filter((pixel) => pixel < 16).length / pixels.length;
      expect(dark).toBeGreaterThan(0.9);
      expect(dark).toBeLessThan(0.97);
    }
  });
});

describe('drawing', () => {
  it('lines by Bresenham, ends included, in every direction the same number of pixels', () => {
    const drawn = (to: [number, number]) => {
      const on = picture(9);
      drawLine(on, [4, 4], to, 1, 1);
      return [...on.values].flatMap((value, i) => (value === 1 ? [[Math.floor(i / 9), i % 9]] : []));
    };
    expect(drawn([4, 7])).toEqual([
      [4, 4],
      [4, 5],
      [4, 6],
      [4, 7],
    ]);
    expect(drawn([6, 8])).toEqual([
      [4, 4],
      [5, 5],
      [5, 6],
      [6, 7],
      [6, 8],
    ]);
    expect(drawn([0, 4])).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
    expect(drawn([4, 4])).toEqual([[4, 4]]);
  });

  it('wide lines as filled rectangles', () => {
    const on = picture(9);
    drawLine(on, [4, 2], [4, 6], 3, 1);
    expect(on.values.reduce((sum, value) => sum + value, 0)).toBe(15);
    for (const row of [3, 4, 5])
      expect([...on.values.subarray(9 * row + 2, 9 * row + 7)]).toEqual([1, 1, 1, 1, 1]);
  });

  it('shrinks a flat picture to a flat one', () => {
    const flat = picture(17);
    flat.values.fill(200);
    expect(new Set(shrink(flat, 9).values)).toEqual(new Set([200]));
  });
});

describe('the task', () => {
  it('splits 160,000, 20,000 and 20,000 images made here as torch does', async () => {
    const task = await pathfinder({ seed: 7 });
    expect(task).toMatchObject({
      name: 'pathfinder',
      classes: 2,
      length: 1024,
      input: { kind: 'real', size: 1 },
      notes: ["images made here by the original's rules, seed 7"],
    });
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([160_000, 20_000, 20_000]);
    const split = torchPermutation(200_000, 42);
    const make = pathfinderImages(settings('pathfinder'), 7);
    for (const [set, index] of [
      [task.train, split[0]],
      [task.validation, split[160_000]],
      [task.test, split[180_000]],
    ] as const) {
      const [batch] = set.batches({ batch: 1 });
      const { pixels, label } = make(index);
      expect([...batch.x.dataSync()]).toEqual([...pixels].map((pixel) => Math.fround(pixel / 255)));
      expect([...batch.y.dataSync()]).toEqual([label]);
      disposeBatch(batch);
    }
    expect((await pathx({ testExamples: 3 })).length).toBe(16_384);
  });

  it('reads what writePathfinder wrote, leaving out an empty file', async () => {
    writePathfinder(join(folder, 'pathfinder'), 'pathfinder', { images: 21, seed: 3 });
    const metadata = join(folder, 'pathfinder', 'metadata', '0.npy');
    const lines = readFileSync(metadata, 'utf8').split('\n');
    expect(lines.length).toBe(22);
    expect(lines[4]).toMatch(/^imgs\/0 sample_4\.png 4 [01] 1 14 4 2 0\.5 1 1$/);
    writeFileSync(join(folder, 'pathfinder', 'imgs', '0', 'sample_20.png'), '');
    const task = await pathfinder();
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([16, 2, 2]);
    expect(task.notes).toEqual([]);
    const make = pathfinderImages(settings('pathfinder'), 3);
    const split = torchPermutation(20, 42);
    const [batch] = task.train.batches({ batch: 16 });
    const x = batch.x.dataSync();
    [...batch.y.dataSync()].forEach((label, b) => {
      const expected = make(split[b]);
      expect(label).toBe(expected.label);
      const pixels = Uint8Array.from(x.subarray(b * 1024, (b + 1) * 1024), (value) =>
        Math.round(255 * value),
      );
      expect(pixels).toEqual(expected.pixels);
    });
    disposeBatch(batch);
    writeFileSync(join(folder, 'pathfinder', 'imgs', '0', `sample_${split[0]}.png`), 'GIF89a');
    expect(() => [...task.train.batches({ batch: 1 })]).toThrow(
      /^pathfinder: .*sample_\d+\.png: expected a PNG image/,
    );
    const large = encode({ data: new Uint8Array(64 * 32), width: 64, height: 32, channels: 1, depth: 8 });
    writeFileSync(join(folder, 'pathfinder', 'imgs', '0', `sample_${split[0]}.png`), large.subarray(0, 40));
    expect(() => [...task.train.batches({ batch: 1 })]).toThrow(/expected 32 x 32 pixels, got 64 x 32$/);
    writeFileSync(metadata, 'imgs/0 sample_0.png 0 2\n');
    await expect(pathfinder()).rejects.toThrow(
      /^pathfinder: .*0\.npy, line 1: expected folder, file, number, label 0 or 1/,
    );
    rmSync(join(folder, 'pathfinder'), { recursive: true });
    await expect(pathfinder({ source: 'files' })).rejects.toThrow(
      /^pathfinder: pathfinder needs metadata\/0\.npy/,
    );
  });

  it.each([
    [{ sead: 1 } as object, /^pathfinder: unknown option "sead" \(did you mean "seed"\?/],
    [{ source: 'file' } as object, /^pathfinder: source must be 'auto', 'files' or 'generate', got file$/],
    [
      { seed: 1e10 },
      /^pathfinder: seed must be a whole number between -536870912 and 536870912, got 10000000000$/,
    ],
    [{ contourLength: 7 as 6 }, /^pathfinder: contourLength must be 6, 9 or 14, got 7$/],
    [
      { contourLength: 6, source: 'files' } as object,
      /^pathfinder: the files that are read have contourLength 14, got 6 \(leave source out\)$/,
    ],
    [{ testExamples: 20_001 }, /^pathfinder: testExamples must be a whole number from 1 to 20000, got 20001/],
  ])('refuses %o', async (options, message) => {
    await expect(pathfinder(options)).rejects.toThrow(message);
  });
});
