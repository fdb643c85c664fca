import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { archive } from '../../../src/tasks/own/archive.js';
import { fromPath } from '../../../src/tasks/own/from-path.js';
import { readInputs } from '../../../src/tasks/own/read-inputs.js';
import { contents } from './contents.js';

const folder = mkdtempSync(join(tmpdir(), 'archive-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));
const data = process.env.SPIKINGSSM_DATA;

function write(name: string, lines: readonly string[], classes = 'b a'): string {
  const path = join(folder, name);
  writeFileSync(path, [`@classLabel true ${classes}`, '@data', ...lines].join('\n'));
  return path;
}
const lines = Array.from({ length: 20 }, (_, i) => `${i},${i + 1},${i + 2}:${i % 2 ? 'a' : 'b'}`);

describe('archive', () => {
  it('takes the test set beside it, and validation out of the training set', async () => {
    const path = write('P_TRAIN.ts', lines);
    write('P_TEST.ts', ['100,101,102:a', '200,201,202:b']);
    const task = await archive(path);
    expect(task.classNames).toEqual(['b', 'a']);
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([18, 2, 2]);
    expect(contents(task.test).map(({ x, y }) => [x[0], y])).toEqual([
      [100, 1],
      [200, 0],
    ]);
    expect((await archive(path, { test: 0.2 })).test.size).toBe(4);
    const other = write('Q.ts', ['7,8,9:b']);
    expect((await archive(path, { test: other })).test.size).toBe(1);
    const alone = await archive(write('alone_TRAIN.ts', lines));
    expect([alone.train.size, alone.validation.size, alone.test.size]).toEqual([16, 2, 2]);
  });

  it('has unequal lengths and several channels', async () => {
    const unequal = lines.map((line, i) => (i % 3 ? line.replace(':', ',9:') : line));
    const task = await archive(
      write(
        'unequal.ts',
        unequal.map((line) => line.replace(/^(.*):/, '$1:$1:')),
      ),
    );
    expect(task.input).toEqual({ kind: 'real', size: 2 });
    expect(task.length).toBe(4);
    const [first] = contents(task.train);
    expect(first.x.slice(0, 4)).toEqual([first.x[0], first.x[0], first.x[2], first.x[2]]);
  });

  it('refuses missing values unless it is said what stands for them', async () => {
    const path = write('missing.ts', [...lines, '?,2,?,6,?:a']);
    await expect(archive(path)).rejects.toThrow(
      /^archive: .*missing\.ts, line 23, channel 0: the value of step 0 is missing \(pass missing: 'interpolate', or a number for it\)$/,
    );
    const last = async (missing: 'interpolate' | number) => {
      const reader = (await archive(path, { missing })).preparation?.reader;
      const read = await readInputs(path, reader as NonNullable<typeof reader>);
      return [...read.read(20)];
    };
    expect(await last('interpolate')).toEqual([2, 2, 4, 6, 6]);
    expect(await last(0)).toEqual([0, 2, 0, 6, 0]);
    await expect(archive(path, { missing: Number.NaN })).rejects.toThrow(
      /missing must be 'refuse', 'interpolate' or/,
    );
    await expect(archive(write('none.ts', [...lines, '?,?:a']), { missing: 'interpolate' })).rejects.toThrow(
      /every value is missing/,
    );
  });

  it.each<[string, string[], RegExp]>([
    ['no series', [], /holds no series/],
    ['a series without a class', [...lines, '1,2,3:?'], /line 23: the series has no class/],
    ['channels of other lengths', [...lines, '1,2:3:a'], /line 23: expected 1 channels, got 2/],
    ['a series of more channels', [...lines, '1:2:a'], /line 23: expected 1 channels, got 2/],
  ])('refuses %s', async (_, series, message) => {
    await expect(archive(write('bad.ts', series))).rejects.toThrow(message);
  });

  it('is what fromPath makes of its files, and a table with names is a table', async () => {
    const path = write('R_TRAIN.ts', lines);
    expect(await fromPath(path)).toMatchObject({ name: 'R_TRAIN', source: path });
    await expect(fromPath(path, { label: 'x' })).rejects.toThrow(
      /says the classes itself \(leave label out\)/,
    );
    const bare = join(folder, 'bare.tsv');
    writeFileSync(bare, lines.map((_, i) => `${i % 2}\t${i}\t${i + 1}`).join('\n'));
    expect((await fromPath(bare)).length).toBe(2);
    const named = join(folder, 'named.tsv');
    writeFileSync(
      named,
      ['t0\tt1\tt2\tclass', ...lines.map((_, i) => `${i % 7}\t1\t2\t${i % 2}`)].join('\n'),
    );
    expect((await fromPath(named, { label: 'class' })).length).toBe(3);
  });

  it.runIf(data)(
    'reads every set of the archives here but that with time stamps (needs SPIKINGSSM_DATA)',
    async () => {
      const of = (name: string) => fromPath(join(data as string, 'ucr', `${name}_TRAIN.ts.gz`));
      const shapes = await Promise.all(
        ['GunPoint', 'BasicMotions', 'JapaneseVowels', 'PickupGestureWiimoteZ'].map(async (name) => {
          const { name: called, length, input, classes, train, validation, test } = await of(name);
          return [called, length, input.size, classes, train.size + validation.size, test.size];
        }),
      );
      expect(shapes).toEqual([
        ['GunPoint_TRAIN', 150, 1, 2, 50, 150],
        ['BasicMotions_TRAIN', 100, 6, 4, 40, 40],
        ['JapaneseVowels_TRAIN', 29, 12, 9, 270, 370],
        ['PickupGestureWiimoteZ_TRAIN', 361, 1, 10, 50, 50],
      ]);
      await expect(of('UnitTestTimeStamps')).rejects.toThrow(/series with time stamps are not read/);
    },
  );
});
