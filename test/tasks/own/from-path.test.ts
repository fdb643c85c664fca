import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { type FromPathOptions, fromPath } from '../../../src/tasks/own/from-path.js';
import { readInputs } from '../../../src/tasks/own/read-inputs.js';
import type { Task } from '../../../src/tasks/task.js';
import { zipOf } from '../../files/archives.js';
import { npyOf } from '../../files/npy-bytes.js';

const folder = mkdtempSync(join(tmpdir(), 'from-path-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));

const floats = (n: number, start = 0) =>
  npyOf('<f4', [n, 2], Buffer.from(Float32Array.from({ length: 2 * n }, (_, i) => start + i).buffer));
const classes = (n: number) => npyOf('|i1', [n], Buffer.from(Array.from({ length: n }, (_, i) => i % 2)));

function npz(name: string, arrays: Record<string, Buffer>): string {
  const path = join(folder, name);
  writeFileSync(path, zipOf(Object.entries(arrays).map(([n, content]) => ({ name: `${n}.npy`, content }))));
  return path;
}

const reader = (task: Task) =>
  task.preparation?.reader as NonNullable<NonNullable<Task['preparation']>['reader']>;

describe('an .npz file', () => {
  it('has its arrays found by their names, the test set too', async () => {
    const path = npz('four.npz', {
      X_train: floats(10),
      y_train: classes(10),
      X_test: floats(4),
      y_test: classes(4),
    });
    const task = await fromPath(path);
    expect(task).toMatchObject({ name: 'four', classes: 2, test: { size: 4 } });
    expect(reader(task)).toEqual({ maker: 'numpy', options: { x: 'X_train', y: 'y_train', flatten: false } });
    // Others may be called as those of training, or without that word.
    for (const [name, arrays, labels] of [
      ['same', { X_train: floats(3, 7), y_train: classes(3) }, ['0', '1', '0']],
      ['plain', { X: floats(3, 7) }, undefined],
      ['test', { X_test: floats(3, 7), y_test: classes(3) }, ['0', '1', '0']],
    ] as const) {
      const found = await readInputs(npz(`${name}.npz`, arrays), reader(task));
      expect([found.count, [...found.read(0)], found.labels]).toEqual([3, [7, 8], labels]);
    }
    await expect(readInputs(npz('other.npz', { z: floats(1) }), reader(task))).rejects.toThrow(
      /other\.npz has no array "X_train" \(it has z\)/,
    );
  });

  it('takes names where they are others, and says which there are', async () => {
    const path = npz('named.npz', { signals: floats(10), kinds: classes(10) });
    expect((await fromPath(path, { x: 'signals', label: 'kinds' })).train.size).toBe(8);
    await expect(fromPath(path)).rejects.toThrow(
      /named\.npz does not say which of its arrays holds the sequences: it has signals, kinds \(pass x, on the command line --set task\.x=NAME\)/,
    );
    await expect(fromPath(path, { x: 'signals' })).rejects.toThrow(/which of its arrays holds the classes/);
  });
});

it('pairs of files are named by their second', async () => {
  const [x, y] = ['x.npy', 'y.npy'].map((name) => join(folder, name));
  writeFileSync(x, floats(10));
  writeFileSync(y, classes(10));
  const task = await fromPath(x, { label: y, name: 'mine' });
  expect(task).toMatchObject({ name: 'mine', source: x, preparation: { mean: [expect.any(Number)] } });
  await expect(fromPath(x)).rejects.toThrow(/x\.npy needs label, the \.npy file with the classes/);
  const idx = (type: number, dimensions: number[], data: number[]) =>
    Buffer.from([0, 0, type, dimensions.length, ...dimensions.flatMap((size) => [0, 0, 0, size]), ...data]);
  const [images, labels] = ['a-idx3-ubyte', 'a-idx1-ubyte'].map((name) => join(folder, name));
  writeFileSync(
    images,
    idx(
      8,
      [10, 2, 1],
      Array.from({ length: 20 }, (_, i) => i),
    ),
  );
  writeFileSync(
    labels,
    idx(
      8,
      [10],
      Array.from({ length: 10 }, (_, i) => i % 2),
    ),
  );
  const pictures = await fromPath(images, { label: labels, flatten: true });
  expect([pictures.length, pictures.input.size]).toEqual([2, 1]);
  const found = await readInputs(images, reader(pictures));
  expect([found.count, [...found.read(9)]]).toEqual([10, [18, 19]]);
});

it('inputs are standardised unless that is refused', async () => {
  const path = join(folder, 'raw.csv');
  writeFileSync(
    path,
    ['a,b,c', ...Array.from({ length: 10 }, (_, i) => `${500 + i},${600 + i},${i % 2}`)].join('\n'),
  );
  expect((await fromPath(path, { label: 'c' })).preparation?.mean?.[0]).toBeGreaterThan(500);
  expect((await fromPath(path, { label: 'c', standardise: false })).preparation).not.toHaveProperty('mean');
});

it.each<[string, FromPathOptions, RegExp]>([
  ['none.csv', {}, /none\.csv is not there/],
  ['a.parquet', {}, /a\.parquet is no file of a known kind \(known: a table .*; a folder of WAV recordings/],
  ['empty', {}, /empty holds no \.wav file with a label/],
  ['empty', { label: 'x' }, /label is not for a folder of recordings/],
  ['t.csv', { label: 'c', sequense: 'w' }, /unknown option "sequense"/],
])('%s %j is refused', async (name, options, message) => {
  mkdirSync(join(folder, 'empty'), { recursive: true });
  writeFileSync(join(folder, 'a.parquet'), '');
  writeFileSync(join(folder, 't.csv'), 'a,c\n1,x\n2,y');
  await expect(fromPath(join(folder, name), options)).rejects.toThrow(message);
});
