import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { type CsvOptions, csv } from '../../src/tasks/own/csv.js';
import type { Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { readRun } from '../../src/train/read-run.js';
import { models } from '../models.js';

const model = models({ classes: 2, H: 4, N: 2, layers: 1 });
beforeAll(() => useBackend('cpu'));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'other-data-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

interface Table {
  /** Added to every value. */
  shift?: number;
  /** Of one value of the last row. */
  nudge?: number;
  swapped?: boolean;
  names?: [string, string];
}

/** 40 rows of 3 steps in two classes. */
function written({ shift = 0, nudge = 0, swapped = false, names = ['calm', 'wild'] }: Table = {}): string {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const values = [Math.sin(i) + shift, (i % 2) + shift, i / 40 + shift + (i === 39 ? nudge : 0)];
    return [...values, names[(i + Number(swapped && i < 4)) % 2]].join(',');
  });
  const path = join(folder, 'data.csv');
  writeFileSync(path, ['a,b,c,class', ...lines].join('\n'));
  return path;
}

const task = (table?: Table, options: Partial<CsvOptions> = {}): Promise<Task> =>
  csv(written(table), { label: 'class', standardise: true, ...options });
const run = () => join(folder, 'run');
const options = (steps = 2) => ({ steps, batch: 8, folder: run(), resume: true });

describe('a run goes on', () => {
  it('with the same data alone', async () => {
    await train(model(), await task(), options());
    expect(readRun(run()).config).toMatchObject({
      task: { classNames: ['calm', 'wild'] },
      data: { train: { values: expect.stringMatching(/^[0-9a-f]{32}$/) } },
    });
    expect((await train(model(), await task(), options())).steps).toHaveLength(2);
  });

  it.each<[string, Table | undefined, Partial<CsvOptions>, RegExp]>([
    ['other values', { shift: 0.5 }, {}, /the values of the training, validation and test sets are others/],
    ['one other value', { nudge: 1e-3 }, {}, /the values of .* sets? are others/],
    ['other labels', { swapped: true }, {}, /the labels of .* are others|the split is another/],
    [
      'no standardisation',
      undefined,
      { standardise: false },
      /the standardisation is none, was mean 0\.35\d* and deviation 0\.54\d*; the values of the training/,
    ],
    ['another split', undefined, { seed: 7 }, /the standardisation is .*the values of .*the labels of/],
    [
      'another order of the classes',
      undefined,
      { classes: ['wild', 'calm'] },
      /the order of the classes is wild, calm, was calm, wild/,
    ],
    [
      'other names of the classes',
      { names: ['quiet', 'wild'] },
      {},
      /the classes are quiet, wild, were calm, wild/,
    ],
    ['other columns', undefined, { features: ['a', 'c', 'b'] }, /the values of/],
  ])('not with %s, and says what is another', async (_, table, given, message) => {
    await train(model(), await task(), options());
    const before = readFileSync(join(run(), 'last.safetensors'));
    const other = await task(table, given);
    await expect(train(model(), other, options())).rejects.toThrow(
      new RegExp(`^train: .*run holds another run: .*${message.source}.* \\(go on with the options and data`),
    );
    expect(readFileSync(join(run(), 'last.safetensors')).equals(before)).toBe(true);
  });

  it('not with another split of the same examples, which is said as such', async () => {
    const plain = { standardise: false };
    await train(model(), await task({}, plain), options());
    await expect(train(model(), await task({}, { ...plain, seed: 8 }), options())).rejects.toThrow(
      /another run: the split is another \(the same examples are divided into the sets otherwise\) \(/,
    );
  });

  it('not with the examples in another order', async () => {
    const plain = await task({}, { standardise: false });
    await train(model(), plain, options());
    const turned: Dataset = {
      ...plain.train,
      *batches(given) {
        for (const { x, y } of plain.train.batches(given)) {
          yield { x: tf.reverse(x, 0), y: tf.reverse(y, 0) };
          tf.dispose([x, y]);
        }
      },
    };
    await expect(train(model(), { ...plain, train: turned }, options())).rejects.toThrow(
      /the examples of the training set stand in another order/,
    );
  });

  it('with a task that says itself what its data are', async () => {
    const own = async (seed: number) => ({ ...(await task()), fingerprint: async () => ({ seed }) });
    await train(model(), await own(1), options());
    await train(model(), await own(1), options());
    await expect(train(model(), await own(2), options())).rejects.toThrow(
      /the fingerprint\.own\.seed is 2, was 1/,
    );
  });

  it.each([1, 0.02])(
    'where the values differ from pass to pass in a share of %s of the batches',
    async (share) => {
      let passes = 0;
      const augmented = async (): Promise<Task> => {
        const plain = await task();
        const train: Dataset = {
          ...plain.train,
          *batches(given) {
            const pass = passes++;
            let n = 0;
            for (const { x, y } of plain.train.batches(given)) {
              // Seldom the first batch, which is looked at twice, is the one that is changed.
              const change = share === 1 || ++n === 2 || pass > 2;
              yield { x: change ? tf.add(x, pass) : x.clone(), y };
              x.dispose();
            }
          },
        };
        return { ...plain, train };
      };
      await train(model(), await augmented(), options());
      expect((await train(model(), await augmented(), options())).aborted).toBe(false);
      const labels = { ...(await augmented()), ...(await task({ swapped: true }, { standardise: false })) };
      await expect(train(model(), labels, options())).rejects.toThrow(/others|another/);
    },
  );

  it('where an older version kept nothing of the data, with a word, and keeps it from then on', async () => {
    await train(model(), await task(), options());
    const path = join(run(), 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    delete config.data;
    delete config.task.classNames;
    delete config.task.preparation;
    writeFileSync(path, JSON.stringify(config));
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await train(model(), await task(), options());
    expect(said.mock.calls.map(([line]) => line).join('')).toMatch(
      /^train: .*run was begun by a version that kept no mark of its data: whether they are the same is not known\n$/,
    );
    expect(readRun(run()).config).toMatchObject({ task: { classNames: ['calm', 'wild'] }, data: {} });
    await expect(train(model(), await task({ shift: 1 }), options())).rejects.toThrow(/the values of/);
  });
});

it('aborting while the data are gone through ends without a trace, or with what the folder holds', async () => {
  const one = await task();
  const stop = new AbortController();
  const watched = {
    ...one,
    validation: {
      ...one.validation,
      batches: (given: Parameters<Dataset['batches']>[0]) => {
        stop.abort();
        return one.validation.batches(given);
      },
    },
  };
  const none = await train(model(), watched, { ...options(), signal: stop.signal });
  expect(none).toMatchObject({ aborted: true, steps: [] });
  expect(() => readRun(run())).toThrow(/cannot read/);
  await train(model(), one, options());
  const again = await train(model(), watched, { ...options(), signal: stop.signal });
  expect(again).toMatchObject({ aborted: true, stopped: false });
  expect(again.steps).toHaveLength(2);
  expect(readRun(run()).end).toBe('done');
});

it('going through the data is told where it takes long, and what they cannot be known by', async () => {
  const one = await task();
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 500));
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  let passes = 0;
  const noisy: Dataset = {
    ...one.train,
    *batches(given) {
      passes++;
      for (const { x, y } of one.train.batches({ ...given, batch: 1 })) {
        yield { x: tf.add(x, passes), y };
        x.dispose();
      }
    },
  };
  await train(model(), { ...one, train: noisy }, { ...options(), evaluate: false });
  expect(said.join('')).toMatch(/^going through the data: \d+ of 40 examples\n/);
  expect(said.join('')).toMatch(
    /^train: the values of csv \(train\) differ from pass to pass: they are known by their labels and shapes alone \(a fingerprint/m,
  );
});
