import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeWav } from '../../src/files/wav-write.js';
import { speechCommands } from '../../src/tasks/index.js';
import { mfcc } from '../../src/tasks/mfcc.js';
import { WORDS } from '../../src/tasks/speech/words.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import { expectClose } from '../close.js';

const folder = mkdtempSync(join(tmpdir(), 'speech-'));
const root = join(folder, 'speech-commands');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => vi.unstubAllEnvs());

/** Recordings a, b and c of each word: a tone that tells the word, of 2,000 samples; b validates, c tests. */
function place(): void {
  for (const [i, word] of WORDS.entries()) {
    mkdirSync(join(root, word), { recursive: true });
    for (const name of ['a', 'b', 'c']) {
      const samples = Float32Array.from({ length: 2000 }, (_, t) => 0.5 * Math.sin(t * (0.05 + 0.02 * i)));
      writeWav(join(root, word, `${name}.wav`), samples, { sampleRate: 16_000 });
    }
  }
  const list = (name: string) => WORDS.map((word) => `${word}/${name}.wav\n`).join('');
  writeFileSync(join(root, 'validation_list.txt'), list('b'));
  writeFileSync(join(root, 'testing_list.txt'), list('c'));
}
place();

function contents(set: Dataset): { x: Float32Array; labels: number[]; shape: number[] }[] {
  return [...set.batches({ batch: 10 })].map((batch) => {
    const found = {
      x: batch.x.dataSync<'float32'>().slice(),
      labels: [...batch.y.dataSync()],
      shape: batch.x.shape,
    };
    disposeBatch(batch);
    return found;
  });
}

it('splits by the lists, gives one second each, and normalises by the training recordings', async () => {
  const task = await speechCommands();
  expect(task).toMatchObject({
    name: 'speech-commands',
    classes: 35,
    length: 16_000,
    input: { kind: 'real', size: 1 },
    notes: ['mean and deviation are those of 35 training recordings'],
  });
  const batches = contents(task.train);
  expect(batches.map(({ shape }) => shape)).toEqual([10, 10, 10, 5].map((n) => [n, 16_000, 1]));
  for (const set of [task.train, task.validation, task.test]) {
    const labels = contents(set).flatMap((one) => one.labels);
    expect(labels.sort((a, b) => a - b)).toEqual(WORDS.map((_, i) => i));
  }
  const all = batches.flatMap(({ x }) => [...x]);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const square = all.reduce((sum, value) => sum + value * value, 0) / all.length;
  expect(Math.abs(mean)).toBeLessThan(1e-3);
  expect(Math.abs(square - 1)).toBeLessThan(1e-2);
  // The rest of a second is silence.
  expect(new Set(batches[0].x.subarray(2000, 16_000)).size).toBe(1);
});

it('gives 161 frames of 20 coefficients', async () => {
  const task = await speechCommands({ features: 'mfcc', testExamples: 3 });
  expect(task).toMatchObject({ length: 161, input: { kind: 'real', size: 20 } });
  const [{ x, shape }] = contents(task.test);
  expect(shape).toEqual([3, 161, 20]);
  expect(x.every(Number.isFinite)).toBe(true);
});

it('takes coefficients as torchaudio does', () => {
  const samples = Float32Array.from(
    { length: 16_000 },
    (_, i) => 0.3 * Math.sin(0.05 * i) + 0.1 * Math.sin((0.0007 * i * i) % 6.28),
  );
  const found = mfcc(16_000)(samples);
  // By torch.stft and the published formulas in float64.
  const frame = (f: number, from: number, count: number) =>
    found.subarray(20 * f + from, 20 * f + from + count);
  expectClose(
    frame(80, 0, 6),
    [-67.78995, 15.21194, 14.09301, 25.06131, -14.00241, -0.54948],
    1e-6,
    'frame 80',
  );
  expectClose(frame(0, 0, 4), [-37.73146, 22.96968, 2.25351, -0.92735], 1e-6, 'frame 0');
  expectClose(frame(160, 16, 4), [-2.62498, -1.33489, -2.73737, -0.98173], 1e-5, 'frame 160');
});

describe('refusing', () => {
  it.each([
    [{ features: 'mel' } as object, /^speechCommands: features must be 'raw' or 'mfcc', got mel/],
    [{ testExamples: 36 }, /^speechCommands: testExamples must be a whole number from 1 to 35, got 36/],
  ])('%o', async (options, message) => {
    await expect(speechCommands(options)).rejects.toThrow(message);
  });

  it('recordings of another form, and missing words', async () => {
    const path = join(root, 'bed', 'd.wav');
    writeWav(path, new Float32Array(20), { sampleRate: 8000 });
    await expect(speechCommands()).rejects.toThrow(
      /bed.d\.wav: expected one channel of up to 16000 samples at 16000 Hz, got 1 of 20 at 8000/,
    );
    rmSync(path);
    rmSync(join(root, 'zero'), { recursive: true });
    await expect(speechCommands()).rejects.toThrow(/a folder for each of 35 words, "zero" is missing/);
    rmSync(join(root, 'validation_list.txt'));
    await expect(speechCommands()).rejects.toThrow(
      /^speechCommands: speech-commands needs validation_list\.txt/,
    );
  });
});
