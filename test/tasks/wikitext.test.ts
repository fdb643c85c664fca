import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '../../src/data/locate.js';
import { wikitext } from '../../src/tasks/index.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import { textVocabulary } from '../../src/tasks/wikitext/vocabulary.js';

const folder = mkdtempSync(join(tmpdir(), 'wikitext-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = process.env.SPIKINGSSM_DATA;
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => vi.unstubAllEnvs());

const train = ' \n = A = \n the cat saw the dog , the end \n';
const valid = 'the dog saw the bird\n';

function place(set: string): void {
  mkdirSync(join(folder, set), { recursive: true });
  writeFileSync(join(folder, set, 'wiki.train.tokens'), train);
  writeFileSync(join(folder, set, 'valid.txt.gz'), gzipSync(valid));
  writeFileSync(join(folder, set, 'test.txt'), valid);
}

/** Inputs and targets of each window in turn. */
function contents(set: Dataset): { x: number[]; y: number[] }[] {
  return [...set.batches({ batch: 2 })].flatMap((batch) => {
    const [x, y] = [batch.x.arraySync(), batch.y.arraySync()] as number[][][];
    const lengths = [...(batch.lengths as Int32Array)];
    disposeBatch(batch);
    return lengths.map((length, b) => ({ x: x[b].slice(0, length), y: y[b].slice(0, length) }));
  });
}

describe('words', () => {
  it('come with what follows, in windows, the last one shorter; every word but the first is asked for once', async () => {
    place('wikitext-2');
    const task = await wikitext({ length: 3 });
    const { symbols } = textVocabulary(join(folder, 'wikitext-2', 'wiki.train.tokens'), 'words');
    // By frequency: the and <eos> three times, = twice, the others once, as they come.
    expect(symbols).toEqual(['<eos>', 'the', '=', 'A', 'cat', 'saw', 'dog', ',', 'end', '<unk>']);
    expect(task).toMatchObject({
      name: 'wikitext-2',
      classes: 10,
      input: { kind: 'tokens', size: 10 },
      notes: ['words, windows of 3 steps without what stands before them'],
    });
    const text = [
      '<eos>',
      '=',
      'A',
      '=',
      '<eos>',
      'the',
      'cat',
      'saw',
      'the',
      'dog',
      ',',
      'the',
      'end',
      '<eos>',
    ];
    const tokens = text.map((word) => symbols.indexOf(word));
    const windows = contents(task.train);
    expect(windows.map(({ x }) => x.length)).toEqual([3, 3, 3, 3, 1]);
    expect(windows.flatMap(({ x }) => x)).toEqual(tokens.slice(0, -1));
    expect(windows.flatMap(({ y }) => y)).toEqual(tokens.slice(1));
    // "bird" is in no training text.
    expect(contents(task.validation).flatMap(({ y }) => y.map((token) => symbols[token]))).toEqual([
      'dog',
      'saw',
      'the',
      '<unk>',
      '<eos>',
    ]);
    expect((await wikitext({ length: 3, trainExamples: 2 })).train.size).toBe(2);
  });

  it('of WikiText-103 are read from a file of the cache, as the same windows', async () => {
    place('wikitext-2');
    place('wikitext-103');
    const cache = join(cacheFolder(), 'wikitext-103');
    const before = existsSync(cache) ? readdirSync(cache) : [];
    try {
      const [small, large] = [await wikitext({ length: 4 }), await wikitext({ version: 103, length: 4 })];
      for (const split of ['train', 'validation', 'test'] as const) {
        expect(contents(large[split])).toEqual(contents(small[split]));
      }
      expect(readdirSync(cache).length).toBe(before.length + 3);
      await wikitext({ version: 103, length: 4 });
      expect(readdirSync(cache).length).toBe(before.length + 3);
      // Another text of the same name is not answered with the old one's tokens.
      writeFileSync(join(folder, 'wikitext-103', 'test.txt'), 'the end\n');
      const changed = await wikitext({ version: 103, length: 4 });
      expect(contents(changed.test).flatMap(({ x }) => x)).toHaveLength(2);
    } finally {
      for (const name of readdirSync(cache)) if (!before.includes(name)) rmSync(join(cache, name));
    }
  });
});

it('characters are all that stands in the text, newlines too', async () => {
  place('wikitext-2');
  const task = await wikitext({ unit: 'characters', length: 100 });
  const { symbols } = textVocabulary(join(folder, 'wikitext-2', 'wiki.train.tokens'), 'characters');
  expect(symbols[0]).toBe(' ');
  const [{ x, y }] = contents(task.train);
  expect([...x.slice(0, 1), ...y].map((token) => symbols[token]).join('')).toBe(train);
});

describe('refusing', () => {
  it.each([
    [{ version: 3 } as object, /^wikitext: version must be 2 or 103, got 3/],
    [{ unit: 'bytes' } as object, /^wikitext: unit must be 'words' or 'characters', got bytes/],
    [{ length: 0 }, /^wikitext: length must be a whole number of at least 1, got 0/],
    [{ trainExamples: 99 }, /^wikitext: trainExamples must be a whole number from 1 to 1, got 99/],
  ])('%o', async (options, message) => {
    place('wikitext-2');
    await expect(wikitext(options)).rejects.toThrow(message);
  });

  it('missing files', async () => {
    rmSync(join(folder, 'wikitext-2'), { recursive: true, force: true });
    await expect(wikitext()).rejects.toThrow(/^wikitext: wikitext-2 needs wiki\.train\.tokens or/);
  });
});

describe.skipIf(!data || !existsSync(join(data, 'wikitext-2')))(
  'the real text (needs the folder wikitext-2 in SPIKINGSSM_DATA)',
  () => {
    it('has 33,278 words, 2,088,628 of them in training, and 217,646 in validation', async () => {
      vi.stubEnv('SPIKINGSSM_DATA', data);
      const task = await wikitext({ length: 1000 });
      expect(task.classes).toBe(33_278);
      expect([task.train.size, task.validation.size]).toEqual([2089, 218]);
      const steps = contents(task.validation).reduce((sum, { y }) => sum + y.length, 0);
      expect(steps).toBe(217_645);
    });
  },
);
