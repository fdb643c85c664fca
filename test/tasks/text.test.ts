import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { text } from '../../src/tasks/index.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import { characterVocabulary } from '../../src/tasks/vocabulary.js';

const folder = mkdtempSync(join(tmpdir(), 'text-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = process.env.SPIKINGSSM_DATA;
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, 'imdb'), { recursive: true, force: true });
});

/** 20 training reviews of a's and b's, 10 of test with a c that is not in training. */
const written = {
  train: Array.from({ length: 20 }, (_, i) => ({ label: i < 10 ? 0 : 1, text: 'ab'.repeat(1 + i) })),
  test: Array.from({ length: 10 }, (_, i) => ({ label: i < 5 ? 0 : 1, text: `${'a'.repeat(i)}c` })),
};

function place(kind: 'lines' | 'folders'): void {
  for (const [split, reviews] of Object.entries(written)) {
    if (kind === 'lines') {
      mkdirSync(join(folder, 'imdb'), { recursive: true });
      const content = reviews.map((review) => `${JSON.stringify({ ...review, id: 1 })}\n`).join('');
      writeFileSync(join(folder, 'imdb', `${split}.jsonl.gz`), gzipSync(content));
      continue;
    }
    for (const [i, review] of reviews.entries()) {
      const path = join(folder, 'imdb', split, review.label === 1 ? 'pos' : 'neg');
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, `${String(i).padStart(2, '0')}_7.txt`), review.text);
    }
  }
}

function contents(set: Dataset): { tokens: number[]; label: number }[] {
  return [...set.batches({ batch: 4 })].flatMap((batch) => {
    const x = batch.x.arraySync() as number[][];
    const labels = [...batch.y.dataSync()];
    const lengths = [...(batch.lengths as Int32Array)];
    disposeBatch(batch);
    return labels.map((label, b) => {
      expect(x[b].slice(lengths[b]).every((token) => token === 0)).toBe(true);
      return { tokens: x[b].slice(0, lengths[b]), label };
    });
  });
}

describe('the reviews', () => {
  it('are read from lines of JSON and from the original folders alike', async () => {
    place('lines');
    const one = await text();
    rmSync(join(folder, 'imdb'), { recursive: true });
    place('folders');
    const other = await text();
    expect(one.train.size).toBe(20);
    expect(one).toMatchObject({ name: 'text', classes: 2, length: 4096, input: { kind: 'tokens', size: 5 } });
    expect(contents(other.train)).toEqual(contents(one.train));
    expect(contents(other.test)).toEqual(contents(one.test));
  });

  it('are character tokens and <eos>, unknown characters 1, cut to the length', async () => {
    place('lines');
    const { test, train } = await text({ length: 8 });
    // a comes up as often as b and is the smaller one; c is in no training review.
    const expected = written.test.map(({ text, label }) => ({
      tokens: [...text.slice(0, 7)].map((c) => ({ a: 3, b: 4, c: 1 })[c]).concat([2]),
      label,
    }));
    const order = (list: object[]) => list.map((entry) => JSON.stringify(entry)).sort();
    expect(order(contents(test))).toEqual(order(expected));
    expect(Math.max(...contents(train).map(({ tokens }) => tokens.length))).toBe(8);
  });

  it('may be bytes', async () => {
    place('lines');
    const task = await text({ unit: 'bytes' });
    expect(task.input).toEqual({ kind: 'tokens', size: 259 });
    const first = contents(task.test).map(({ tokens }) =>
      String.fromCharCode(...tokens.slice(0, -1).map((t) => t - 3)),
    );
    expect(first.sort()).toEqual(written.test.map((review) => review.text).sort());
  });

  it('are mixed, so that a few hold both classes', async () => {
    place('lines');
    const { train, test } = await text({ trainExamples: 8, testExamples: 6 });
    for (const set of [train, test]) expect(new Set(contents(set).map(({ label }) => label)).size).toBe(2);
  });
});

describe('the splits', () => {
  it('are the original’s: validation is the test set, and the notes say so', async () => {
    place('lines');
    const task = await text({ validationExamples: 3 });
    expect(task.notes).toEqual(['validation is the test set: the original has no validation split']);
    expect(contents(task.validation)).toEqual(contents(task.test).slice(0, 3));
  });

  it('or keep a share of the training reviews', async () => {
    place('lines');
    const [task, whole] = [await text({ validationFraction: 0.25 }), await text()];
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([15, 5, 10]);
    expect(task.notes).toEqual([]);
    expect([...contents(task.validation), ...contents(task.train)]).toEqual(contents(whole.train));
  });
});

it('counts characters as Unicode has them', () => {
  const { size, characters, encode } = characterVocabulary(['😀😀b', 'b', '😀c'], { least: 2, longest: 2 });
  // The b of the first text lies behind the two characters that are looked at.
  expect([size, characters]).toEqual([4, ['😀']]);
  const buffer = new Uint16Array(10);
  const length = encode('a😀', buffer);
  expect([...buffer.subarray(0, length)]).toEqual([1, 3, 2]);
});

describe('refusing', () => {
  it('no files, and lines that hold no review', async () => {
    await expect(text()).rejects.toThrow(/^text: imdb needs train\.jsonl or train\.jsonl\.gz or train\/pos/);
    place('lines');
    writeFileSync(
      join(folder, 'imdb', 'test.jsonl.gz'),
      gzipSync('{"label": 1, "text": "x"}\n\n{"label": 2}\n'),
    );
    await expect(text()).rejects.toThrow(
      /^text: .*test\.jsonl\.gz, line 3: expected \{"label": 0 or 1, .*got \{"label": 2\}/,
    );
    writeFileSync(join(folder, 'imdb', 'test.jsonl.gz'), gzipSync(''));
    await expect(text()).rejects.toThrow(/test\.jsonl\.gz: expected reviews, found none/);
  });

  it.each([
    [{ lenght: 3 } as object, /^text: unknown option "lenght" \(did you mean "length"\?/],
    [{ length: 1 }, /^text: length must be a whole number of at least 2, got 1/],
    [{ unit: 'words' } as object, /^text: unit must be 'characters' or 'bytes', got words/],
    [{ validationFraction: 1 }, /^text: validationFraction must be in \[0, 1\), got 1/],
    [{ trainExamples: 21 }, /^text: trainExamples must be a whole number from 1 to 20, got 21/],
  ])('%o', async (options, message) => {
    place('lines');
    await expect(text(options)).rejects.toThrow(message);
  });
});

describe.skipIf(!data || !existsSync(join(data, 'imdb')))(
  'the real reviews (needs the folder imdb in SPIKINGSSM_DATA)',
  () => {
    it('are 25,000 each, half of them good, of 134 tokens', async () => {
      vi.stubEnv('SPIKINGSSM_DATA', data);
      const task = await text();
      expect([task.train.size, task.test.size, task.input.size]).toEqual([25_000, 25_000, 134]);
      for (const set of [task.train, task.test]) {
        let [good, longest, total] = [0, 0, 0];
        for (const batch of set.batches({ batch: 500 })) {
          good += batch.y.dataSync<'int32'>().reduce((sum, label) => sum + label, 0);
          longest = Math.max(longest, ...(batch.lengths as Int32Array));
          total += (batch.lengths as Int32Array).reduce((sum, length) => sum + length, 0);
          disposeBatch(batch);
        }
        expect([good, longest]).toEqual([12_500, 4096]);
        expect(total / 25_000).toBeGreaterThan(1200);
        expect(total / 25_000).toBeLessThan(1350);
      }
    });
  },
);
