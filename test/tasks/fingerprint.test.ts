import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { writeWav } from '../../src/files/wav-write.js';
import { inBackground } from '../../src/tasks/background/index.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import { fileHashes } from '../../src/tasks/file-hashes.js';
import { type FingerprintOptions, fingerprint, type SetFingerprint } from '../../src/tasks/fingerprint.js';
import { sequences } from '../../src/tasks/own/sequences.js';
import { type WavFolderOptions, wavFolder } from '../../src/tasks/own/wav-folder.js';
import { pathfinder } from '../../src/tasks/pathfinder/index.js';
import type { Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

const folder = mkdtempSync(join(tmpdir(), 'fingerprint-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));

type Row = { x: number[]; y: number };
const rows: Row[] = Array.from({ length: 150 }, (_, i) => ({ x: [i, -i, i / 7, 1], y: i % 3 }));

/** The set of some rows, [4, 1] each. */
function setOf(chosen: readonly Row[], lengths?: readonly number[]): Dataset {
  return indexedDataset(
    Uint32Array.from(chosen, (_, i) => i),
    (examples) => ({
      x: tf.tensor3d(
        [...examples].flatMap((i) => chosen[i].x),
        [examples.length, 4, 1],
      ),
      y: tf.tensor1d(
        [...examples].map((i) => chosen[i].y),
        'int32',
      ),
      lengths: lengths && Int32Array.from(examples, (i) => lengths[i]),
    }),
  );
}

function taskOf(train: Dataset, validation = setOf(rows.slice(0, 3)), test = setOf([])): Task {
  const input = { kind: 'real', size: 1 } as const;
  return { name: 'rows', classes: 3, length: 4, input, train, validation, test };
}

type Sets = Record<'train' | 'validation' | 'test', SetFingerprint>;
const of = async (task: Task, options?: FingerprintOptions) => (await fingerprint(task, options)) as Sets;
const ofTrain = async (set: Dataset) => (await of(taskOf(set))).train;

/** Which parts of two differ. */
function parts(one: SetFingerprint, other: SetFingerprint): string[] {
  return (['values', 'labels', 'content'] as const).filter((part) => one[part] !== other[part]);
}

describe('the fingerprint of a set', () => {
  it('is the same for the same data, leaks nothing, and tells how far it is', async () => {
    const before = tf.memory().numTensors;
    const heard: number[] = [];
    const task = taskOf(setOf(rows));
    const one = await of(task, {
      onProgress: ({ done, total }) => {
        expect(total).toBe(153);
        heard.push(done);
      },
    });
    expect(one).toEqual(await of(taskOf(setOf(rows))));
    expect(heard).toEqual([64, 128, 150, 153]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[string, (all: Row[]) => unknown, string[]]>([
    ['one value of the last example', (all) => all[149].x.splice(3, 1, 1 + 1e-6), ['values', 'content']],
    ['a zero of the other sign', (all) => all[0].x.splice(0, 1, -0), ['values', 'content']],
    ['one label', (all) => all.splice(100, 1, { ...all[100], y: 2 }), ['labels', 'content']],
    ["two examples in each other's place", (all) => all.splice(0, 2, all[1], all[0]), ['values', 'labels']],
    ['one example less', (all) => all.pop(), ['values', 'labels', 'content']],
    ['an example twice instead of another', (all) => all.splice(7, 1, all[4]), ['values', 'content']],
  ])('knows %s', async (_, change, expected) => {
    const other = structuredClone(rows);
    change(other);
    expect(parts(await ofTrain(setOf(rows)), await ofTrain(setOf(other)))).toEqual(expected);
  });

  it('knows other lengths and other shapes of the same numbers, and nothing of padding', async () => {
    const whole = await ofTrain(setOf(rows));
    const cut = rows.map(() => 3);
    const short = await ofTrain(setOf(rows, cut));
    expect(parts(whole, short)).toEqual(['values', 'content']);
    const padded = rows.map(({ x, y }) => ({ x: [...x.slice(0, 3), 99], y }));
    expect(await ofTrain(setOf(padded, cut))).toEqual(short);
    const flat = indexedDataset(Uint32Array.of(0), () => ({
      x: tf.tensor3d(rows[0].x, [1, 4, 1]),
      y: tf.tensor1d([0], 'int32'),
    }));
    const wide = indexedDataset(Uint32Array.of(0), () => ({
      x: tf.tensor3d(rows[0].x, [1, 2, 2]),
      y: tf.tensor1d([0], 'int32'),
    }));
    expect(parts(await ofTrain(flat), await ofTrain(wide))).toEqual(['values', 'content']);
  });

  it('of pairs and of an answer a step counts to each true end', async () => {
    const set = (inputs: number[], answers: number[], lengths: number[], pairs: boolean): Dataset =>
      indexedDataset(Uint32Array.of(0), () => ({
        x: pairs ? tf.tensor3d(inputs, [1, 2, 3], 'int32') : tf.tensor2d(inputs, [1, 3], 'int32'),
        y: pairs ? tf.tensor1d(answers, 'int32') : tf.tensor2d(answers, [1, 3], 'int32'),
        lengths: Int32Array.from(lengths),
      }));
    const pair = await ofTrain(set([1, 2, 0, 3, 4, 5], [1], [2, 3], true));
    expect(await ofTrain(set([1, 2, 9, 3, 4, 5], [1], [2, 3], true))).toEqual(pair);
    expect(parts(pair, await ofTrain(set([1, 2, 0, 3, 4, 6], [1], [2, 3], true)))).toContain('values');
    const steps = await ofTrain(set([1, 2, 0], [2, 3, 0], [2], false));
    expect(await ofTrain(set([1, 2, 7], [2, 3, 7], [2], false))).toEqual(steps);
    expect(parts(steps, await ofTrain(set([1, 2, 0], [2, 4, 0], [2], false)))).toEqual(['labels', 'content']);
  });

  it('leaves out values that differ from pass to pass, and keeps their labels', async () => {
    let pass = 0;
    const noisy = (all: readonly Row[]): Dataset => {
      const set = setOf(all);
      return {
        ...set,
        *batches(options) {
          pass++;
          for (const batch of set.batches(options)) {
            const x = tf.add(batch.x, pass);
            batch.x.dispose();
            yield { ...batch, x };
          }
        },
      };
    };
    const one = await ofTrain(noisy(rows));
    expect(one).toEqual({ values: null, content: expect.any(String), labels: expect.any(String) });
    expect(await ofTrain(noisy(rows))).toEqual(one);
    const relabelled = rows.map(({ x }) => ({ x, y: 0 }));
    expect(parts(one, await ofTrain(noisy(relabelled)))).toEqual(['labels', 'content']);
    const [, ...fewer] = rows;
    expect(parts(one, await ofTrain(noisy([...fewer, { x: [0, 0, 0, 0], y: 0 }])))).toContain('labels');
  });

  it('is stopped by its signal', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(of(taskOf(setOf(rows)), { signal: stop.signal, onProgress })).rejects.toThrow('enough');
  });
});

it('a task may say itself what its data are', async () => {
  const task = { ...taskOf(setOf(rows)), fingerprint: () => ({ seed: 7, version: 'b' }) };
  expect(await fingerprint(task)).toEqual({ own: { seed: 7, version: 'b' } });
});

it('of images made here needs none of them, and knows seed, kind and number', async () => {
  const options = {
    source: 'generate' as const,
    trainExamples: 2000,
    validationExamples: 5,
    testExamples: 5,
  };
  const one = await of(await pathfinder(options));
  expect(await of(await pathfinder(options))).toEqual(one);
  for (const other of [{ seed: 1 }, { contourLength: 9 as const }]) {
    expect((await of(await pathfinder({ ...options, ...other }))).train.values).not.toBe(one.train.values);
  }
  const task = await pathfinder(options);
  expect(await of({ ...task, train: task.train.take(1999) })).not.toEqual(one);
  // A set with the same fields but batches of its own is another set, and gone through.
  const wrapped = { ...task.train.take(3), batches: setOf(rows.slice(0, 3)).batches };
  expect(await ofTrain(wrapped)).toEqual(await ofTrain(setOf(rows.slice(0, 3))));
});

it('of a task in the background is that of the task', async () => {
  const options = { source: 'generate' as const, trainExamples: 20, validationExamples: 5, testExamples: 5 };
  expect(await of(await inBackground('pathfinder', options))).toEqual(await of(await pathfinder(options)));
});

it('files are read again only where size or times have changed', async () => {
  const path = join(folder, 'a.txt');
  const old = new Date(Date.now() - 3_600_000);
  writeFileSync(path, 'one');
  utimesSync(path, old, old);
  const first = (await fileHashes([path, path])).get(path);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  // Same size, same time of change as it says itself: what a copy that keeps times leaves behind.
  writeFileSync(path, 'two');
  utimesSync(path, old, old);
  expect((await fileHashes([path])).get(path)).not.toBe(first);
  await expect(fileHashes([join(folder, 'none')])).rejects.toThrow(/ENOENT/);
  expect(readFileSync(path, 'utf8')).toBe('two');
});

it('another seed of the split keeps the sum over all sets', async () => {
  const source = rows.map(({ x, y }) => ({ x, y }));
  const sum = (sets: Sets) =>
    (['train', 'validation', 'test'] as const).reduce(
      (all, set) => (all + BigInt(`0x${sets[set].content}`)) % (1n << 64n),
      0n,
    );
  const [one, other] = [await of(await sequences(source)), await of(await sequences(source, { seed: 7 }))];
  expect(one.train.values).not.toBe(other.train.values);
  expect(sum(one)).toBe(sum(other));
});

it('of recordings is of their files and of what becomes of them', async () => {
  const recordings = join(folder, 'recordings');
  const write = (name: string, value: number) => {
    mkdirSync(join(recordings, name.slice(0, 1)), { recursive: true });
    const samples = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i) * value);
    writeWav(join(recordings, name.slice(0, 1), `${name}.wav`), samples, { sampleRate: 8000 });
  };
  for (const [i, name] of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'].entries()) write(name, 0.9 - i / 10);
  const task = (options: WavFolderOptions = {}) =>
    wavFolder(recordings, { validation: 0.2, test: 0.2, ...options });
  const one = await of(await task());
  expect(await of(await task())).toEqual(one);
  for (const options of [{ maxLength: 30 }, { sampleRate: 4000 }, { standardise: true }]) {
    expect(parts(one.train, (await of(await task(options))).train)).toEqual(['values', 'content']);
  }
  const swapped = await of(await task({ classes: ['b', 'a'] }));
  expect(parts(one.train, swapped.train)).toEqual(['labels', 'content']);
  for (const name of ['a1', 'a2', 'a3']) write(name, 0.25);
  expect(parts(one.train, (await of(await task())).train)).toEqual(['values', 'content']);
});
