import { join } from 'node:path';
import { dataFile, findDataFile } from '../../data/locate.js';
import { writeWhole } from '../../files/write-whole.js';
import { withDefaults } from '../../options.js';
import { random } from '../../random.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { lines } from '../lines.js';
import { checkSource, type Source } from '../source.js';
import type { Task } from '../task.js';
import { type TokenSequences, tokenCollector, tokenDataset } from '../tokens.js';
import { HEADER, officialLine, parseLine } from './format.js';
import { EOS, type Expression, expressions, SYMBOLS } from './generate.js';

export interface ListopsOptions extends SplitCounts {
  /** Read the official files, make expressions here, or `auto`: the files where they are found. Default `auto`. */
  source?: Source;
  /** Of the expressions made here. Default 0. */
  seed?: number;
}

/** Longest sequence of the official loaders, `<eos>` included; an expression has at most 1,999 symbols. */
const L = 2048;
const SIZES = { train: 96_000, validation: 2_000, test: 2_000 } as const;
const FILES = { train: 'basic_train.tsv', validation: 'basic_val.tsv', test: 'basic_test.tsv' } as const;
type Split = keyof typeof SIZES;

/**
 * ListOps of Long Range Arena: the value, 0 to 9, of nested expressions of minimum, maximum, median and sum modulo 10,
 * 501 to 1,999 symbols and `<eos>`, padded to the longest of the batch. 18 tokens: `SYMBOLS`.
 * Splits: 96,000 / 2,000 / 2,000, those of the files `basic_{train,val,test}.tsv` in the folder `listops`, or made here
 * by the original's rules; all distinct. The first expressions are the test set's, then validation's, so that asking
 * for fewer training examples changes neither.
 * @returns  a task with x int32 [batch, L] and y int32 [batch] in 0 … 9, with true lengths
 * @throws RangeError  for a file that is missing or not ListOps, naming file and line
 */
export async function listops(options: ListopsOptions = {}): Promise<Task> {
  const given = withDefaults<ListopsOptions & Required<Pick<ListopsOptions, 'source' | 'seed'>>>(
    'listops',
    options,
    {
      source: 'auto',
      seed: 0,
      trainExamples: undefined,
      validationExamples: undefined,
      testExamples: undefined,
    },
  );
  const { source, seed } = given;
  checkSource('listops', source);
  const read = source === 'files' || (source === 'auto' && findDataFile('listops', [FILES.train]));
  const counts = checkCounts('listops', given, read ? {} : SIZES);
  const sets = read ? readSplits(counts) : makeSplits(seed, counts as Record<Split, number>);
  return {
    name: 'listops',
    classes: 10,
    length: L,
    input: { kind: 'tokens', size: SYMBOLS.length },
    train: tokenDataset(sets.train),
    validation: tokenDataset(sets.validation),
    test: tokenDataset(sets.test),
    notes: read ? [] : [`expressions made here by the original's rules, seed ${seed}`],
  };
}

type Sets = Record<Split, TokenSequences>;

function makeSplits(seed: number, counts: Record<Split, number>): Sets {
  const source = expressions(random(seed));
  const draw = (count: number, ofAll: number): TokenSequences => {
    const set = tokenCollector();
    const buffer = new Uint8Array(L);
    for (let i = 0; i < ofAll; i++) {
      const { tokens, value } = source.next().value;
      if (i >= count) continue;
      buffer.set(tokens);
      buffer[tokens.length] = EOS;
      set.add(buffer, tokens.length + 1, value);
    }
    return set.done();
  };
  const test = draw(counts.test, SIZES.test);
  const validation = draw(counts.validation, SIZES.validation);
  return { test, validation, train: draw(counts.train, counts.train) };
}

function readSplits(counts: Partial<Record<Split, number>>): Sets {
  const read = (split: Split): TokenSequences => {
    const path = dataFile('listops', 'listops', [FILES[split]]);
    const set = tokenCollector();
    const buffer = new Uint8Array(L);
    const wanted = counts[split] ?? Infinity;
    let [number, kept] = [0, 0];
    for (const line of lines(path)) {
      number++;
      if (number === 1) {
        if (line.toString('latin1').trim() === HEADER) continue;
        throw new RangeError(`listops: ${path}: expected a first line "${HEADER.replace('\t', '<tab>')}"`);
      }
      if (line.length === 0) continue;
      if (kept === wanted) break;
      kept++;
      try {
        const { length, value } = parseLine(line, buffer.subarray(0, L - 1));
        buffer[length] = EOS;
        set.add(buffer, length + 1, value);
      } catch (error) {
        throw new RangeError(`listops: ${path}, line ${number}: ${(error as Error).message}`);
      }
    }
    if (kept === 0 || (wanted < Infinity && kept < wanted)) {
      const expected = wanted < Infinity ? `${wanted} expressions` : 'expressions';
      throw new RangeError(`listops: ${path}: expected a header and ${expected}, found ${kept}`);
    }
    return set.done();
  };
  return { train: read('train'), validation: read('validation'), test: read('test') };
}

/**
 * Writes the expressions that `listops` makes as official files `basic_{train,val,test}.tsv`, half a gigabyte in full.
 * @param options  seed, and how many of each split (default all)
 */
export function writeListops(folder: string, options: Omit<ListopsOptions, 'source'> = {}): void {
  const { seed, ...counts } = withDefaults<Omit<ListopsOptions, 'source'> & { seed: number }>(
    'writeListops',
    options,
    { seed: 0, trainExamples: undefined, validationExamples: undefined, testExamples: undefined },
  );
  const wanted = checkCounts('writeListops', counts, SIZES) as Record<Split, number>;
  const source = expressions(random(seed));
  for (const split of ['test', 'validation', 'train'] as const) {
    const drawn = split === 'train' ? wanted.train : SIZES[split];
    writeWhole(join(folder, FILES[split]), officialFile(source, drawn, wanted[split]));
  }
}

/** Of `drawn` expressions, the first `kept`. */
function* officialFile(source: Iterator<Expression>, drawn: number, kept: number): Generator<string> {
  yield `${HEADER}\n`;
  for (let i = 0; i < drawn; i++) {
    const expression = source.next().value;
    if (i < kept) yield `${officialLine(expression)}\n`;
  }
}
