import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { random } from '../../src/random.js';
import { listops, writeListops } from '../../src/tasks/index.js';
import { officialLine, parseLine } from '../../src/tasks/listops/format.js';
import { expressions, SYMBOLS } from '../../src/tasks/listops/generate.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';

const folder = mkdtempSync(join(tmpdir(), 'listops-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  mkdirSync(join(folder, 'none'), { recursive: true });
  vi.stubEnv('SPIKINGSSM_DATA', join(folder, 'none'));
});
afterEach(() => vi.unstubAllEnvs());

/** An expression's symbols, e.g. `[MAX 4 [MIN 2 3 X X`. */
const text = (tokens: ArrayLike<number>): string => Array.from(tokens, (token) => SYMBOLS[token]).join(' ');

/** The value by a stack machine over the written symbols, another way than the generator's. */
function evaluated(symbols: string): number {
  const stack: (string | number)[] = [];
  for (const symbol of symbols.split(' ')) {
    if (symbol !== 'X') {
      stack.push(symbol.startsWith('[') ? symbol : Number(symbol));
      continue;
    }
    const open = stack.map((entry) => typeof entry === 'string').lastIndexOf(true);
    const [operator, ...values] = stack.splice(open) as [string, ...number[]];
    values.sort((a, b) => a - b);
    const middle = (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
    const results: Record<string, number> = {
      '[MIN': values[0],
      '[MAX': values[values.length - 1],
      '[MED': Math.trunc(middle),
      '[SM': values.reduce((sum, value) => (sum + value) % 10, 0),
    };
    stack.push(results[operator]);
  }
  expect(stack.length).toBe(1);
  return stack[0] as number;
}

function contents(set: Dataset): { symbols: string[]; labels: number[] } {
  const symbols: string[] = [];
  const labels: number[] = [];
  for (const batch of set.batches({ batch: 7 })) {
    const x = batch.x.arraySync() as number[][];
    labels.push(...batch.y.dataSync());
    x.forEach((row, b) => {
      const length = batch.lengths?.[b] as number;
      expect(row.slice(length).every((token) => token === 0)).toBe(true);
      symbols.push(text(row.slice(0, length)));
    });
    disposeBatch(batch);
  }
  return { symbols, labels };
}

describe('expressions made here', () => {
  const count = 12_000;
  const made = (() => {
    const source = expressions(random(3));
    return Array.from({ length: count }, () => source.next().value);
  })();

  it('have the value of what is written, 2 to 10 arguments, 501 to 1,999 symbols', () => {
    for (const { tokens, value } of made.slice(0, 300)) {
      expect(evaluated(text(tokens))).toBe(value);
      const open: number[] = [];
      for (const token of tokens) {
        if (SYMBOLS[token] === 'X') {
          const parameters = open.pop() as number;
          expect(parameters).toBeGreaterThanOrEqual(2);
          expect(parameters).toBeLessThanOrEqual(10);
        }
        if (open.length > 0 && SYMBOLS[token] !== 'X') open[open.length - 1]++;
        if (SYMBOLS[token].startsWith('[')) open.push(0);
        expect(open.length).toBeLessThan(10);
      }
    }
    const lengths = made.map(({ tokens }) => tokens.length);
    expect(Math.min(...lengths)).toBeGreaterThan(500);
    expect(Math.max(...lengths)).toBeLessThan(2000);
  });

  // Reference: the original's rules run elsewhere, 206,069 expressions. 4.5 standard errors of both samples.
  const spread = Math.sqrt(1 / count + 1 / 206_069);

  it('have the labels of the original', () => {
    const reference = [0.167, 0.091, 0.078, 0.082, 0.09, 0.087, 0.077, 0.072, 0.087, 0.17];
    reference.forEach((share, digit) => {
      const found = made.filter(({ value }) => value === digit).length / count;
      // The reference is rounded to 0.001.
      expect(Math.abs(found - share)).toBeLessThan(4.5 * Math.sqrt(share * (1 - share)) * spread + 0.0005);
    });
  });

  it('have the lengths of the original: mean and quantiles', () => {
    const lengths = made.map(({ tokens }) => tokens.length).sort((a, b) => a - b);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / count;
    const deviation = Math.sqrt(lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / count);
    expect(Math.abs(mean - 1035.6)).toBeLessThan(4.5 * deviation * spread);
    // The share of lengths up to a reference quantile is that quantile's, whatever the distribution.
    for (const [quantile, length] of [
      [0.05, 538],
      [0.25, 702],
      [0.5, 955],
      [0.75, 1310],
      [0.95, 1800],
    ]) {
      const below = lengths.filter((found) => found <= length).length / count;
      const rounding = 0.001;
      expect(Math.abs(below - quantile)).toBeLessThan(
        4.5 * Math.sqrt(quantile * (1 - quantile)) * spread + rounding,
      );
    }
  });

  it('use all four operators and ten digits alike', () => {
    const counts = new Array<number>(SYMBOLS.length).fill(0);
    for (const { tokens } of made) for (const token of tokens) counts[token]++;
    expect(counts.slice(0, 3)).toEqual([0, 0, 0]);
    // An expression's operators and digits are drawn independently once its shape is fixed.
    for (const group of [counts.slice(3, 7), counts.slice(8)]) {
      const expected = group.reduce((sum, n) => sum + n, 0) / group.length;
      for (const n of group) expect(Math.abs(n - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
    }
  });

  it('are the same for the same seed only', () => {
    const first = (seed: number) => text(expressions(random(seed)).next().value.tokens);
    expect(first(3)).toBe(text(made[0].tokens));
    expect(first(4)).not.toBe(first(3));
  });
});

describe('the official format', () => {
  it('nests pairs, and is read back', () => {
    const line = '( ( ( ( [MAX 4 ) ( ( ( [SM 1 ) 2 ) ] ) ) 3 ) ] )\t4';
    const buffer = new Uint8Array(20);
    const { length, value } = parseLine(Buffer.from(line), buffer);
    expect(text(buffer.subarray(0, length))).toBe('[MAX 4 [SM 1 2 X 3 X');
    expect(value).toBe(4);
    expect(officialLine({ tokens: buffer.subarray(0, length), value })).toBe(line);
  });

  it('goes round for expressions made here', () => {
    const source = expressions(random(5));
    for (let i = 0; i < 20; i++) {
      const expression = source.next().value;
      const buffer = new Uint8Array(2048);
      const { length, value } = parseLine(Buffer.from(officialLine(expression)), buffer);
      expect({ tokens: buffer.slice(0, length), value }).toEqual(expression);
    }
  });
});

describe('the task', () => {
  const few = { trainExamples: 20, validationExamples: 5, testExamples: 6 };

  it('ends each expression with <eos> and says that it was made here', async () => {
    const task = await listops({ ...few, seed: 3 });
    expect(task).toMatchObject({
      name: 'listops',
      classes: 10,
      length: 2048,
      input: { kind: 'tokens', size: 18 },
      notes: ["expressions made here by the original's rules, seed 3"],
    });
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([20, 5, 6]);
    const { symbols, labels } = contents(task.test);
    symbols.forEach((line, i) => {
      expect(line.endsWith(' <eos>')).toBe(true);
      expect(evaluated(line.slice(0, -' <eos>'.length))).toBe(labels[i]);
    });
    const all = [task.train, task.validation, task.test].flatMap((set) => contents(set).symbols);
    expect(new Set(all).size).toBe(31);
  });

  it('keeps its test and validation sets when fewer training examples are asked for', async () => {
    const [one, other] = [await listops(few), await listops({ ...few, trainExamples: 3 })];
    expect(contents(other.test)).toEqual(contents(one.test));
    expect(contents(other.validation)).toEqual(contents(one.validation));
    expect(contents(other.train).symbols).toEqual(contents(one.train).symbols.slice(0, 3));
  });

  it('reads what writeListops wrote, gzipped or not, as the same sets', async () => {
    const root = join(folder, 'written');
    writeListops(join(root, 'listops'), few);
    const made = await listops(few);
    vi.stubEnv('SPIKINGSSM_DATA', root);
    const train = join(root, 'listops', 'basic_train.tsv');
    expect(readFileSync(train, 'utf8').split('\n').length).toBe(22);
    writeFileSync(`${train}.gz`, gzipSync(readFileSync(train)));
    rmSync(train);
    const read = await listops();
    expect(read.notes).toEqual([]);
    for (const split of ['train', 'validation', 'test'] as const) {
      expect(contents(read[split])).toEqual(contents(made[split]));
    }
    expect((await listops({ source: 'generate', ...few })).notes).not.toEqual([]);
    expect((await listops({ trainExamples: 4 })).train.size).toBe(4);
    await expect(listops({ trainExamples: 21 })).rejects.toThrow(
      /^listops: .*basic_train\.tsv\.gz: expected a header and 21 expressions, found 20$/,
    );
  });

  it('refuses damaged files, naming the line', async () => {
    const root = join(folder, 'damaged');
    mkdirSync(join(root, 'listops'), { recursive: true });
    vi.stubEnv('SPIKINGSSM_DATA', root);
    const write = (content: string) => writeFileSync(join(root, 'listops', 'basic_train.tsv'), content);
    write('Source\tTarget\n( ( [MIN 1 ) ] )\t1\n( ( [MON 1 ) ] )\t1\n');
    await expect(listops()).rejects.toThrow(
      /^listops: .*basic_train\.tsv, line 3: expected symbols of ListOps, got "\[MON"$/,
    );
    write('Source\tTarget\n( ( [MIN 1 ) ] )\t10\n');
    await expect(listops()).rejects.toThrow(
      /line 2: expected an expression, a tab and a value of 0 to 9, got "\( \( \[MIN/,
    );
    write('( ( [MIN 1 ) ] )\t1\n( ( [MIN 1 ) ] )\t1\n');
    await expect(listops()).rejects.toThrow(/basic_train\.tsv: expected a first line "Source<tab>Target"$/);
    write('');
    await expect(listops()).rejects.toThrow(/expected a header and expressions, found 0$/);
    rmSync(join(root, 'listops', 'basic_train.tsv'));
    await expect(listops({ source: 'files' })).rejects.toThrow(
      /^listops: listops needs basic_train\.tsv or basic_train\.tsv\.gz, not found in/,
    );
  });

  it.each([
    [{ sed: 1 } as object, /^listops: unknown option "sed" \(did you mean "seed"\?/],
    [{ source: 'file' } as object, /^listops: source must be 'auto', 'files' or 'generate', got file$/],
    [{ testExamples: 2001 }, /^listops: testExamples must be a whole number from 1 to 2000, got 2001/],
    [{ trainExamples: 0 }, /^listops: trainExamples must be a whole number from 1 to 96000, got 0/],
  ])('refuses %o', async (options, message) => {
    await expect(listops(options)).rejects.toThrow(message);
  });
});

describe('batches by length', () => {
  it('hold sequences of similar length when shuffled, each once, the rest too', async () => {
    const task = await listops({ trainExamples: 1003, validationExamples: 1, testExamples: 1 });
    const seen: number[] = [];
    let [padded, real] = [0, 0];
    const sizes: number[] = [];
    for (const batch of task.train.batches({ batch: 10, random: random(1) })) {
      const lengths = batch.lengths as Int32Array;
      sizes.push(lengths.length);
      padded += batch.x.size;
      real += lengths.reduce((sum, length) => sum + length, 0);
      seen.push(...lengths);
      disposeBatch(batch);
    }
    expect(sizes.filter((size) => size !== 10)).toEqual([3]);
    const stored = [...task.train.batches({ batch: 1003 })].flatMap((batch) => [...(batch.lengths ?? [])]);
    expect(seen.sort((a, b) => a - b)).toEqual(stored.sort((a, b) => a - b));
    // Batches drawn without regard to length would carry about 40 % of padding.
    expect(padded / real).toBeLessThan(1.05);
  });

  it('come in the same order for the same seed only', async () => {
    const { train } = await listops({ trainExamples: 200, validationExamples: 1, testExamples: 1 });
    const order = (seed: number) =>
      [...train.batches({ batch: 8, random: random(seed) })].map(({ lengths }) => [...(lengths ?? [])]);
    expect(order(1)).toEqual(order(1));
    expect(order(2)).not.toEqual(order(1));
  });
});
