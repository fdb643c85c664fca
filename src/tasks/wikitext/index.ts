import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheFolder, dataFile, firstFile } from '../../data/locate.js';
import { writeWhole } from '../../files/write-whole.js';
import { withDefaults } from '../../options.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { firstOf } from '../dataset.js';
import { lines, textLines } from '../lines.js';
import type { Dataset, Task } from '../task.js';
import { fileStream, memoryStream, type TokenStream } from './stream.js';
import { type TextVocabulary, textVocabulary, type Unit } from './vocabulary.js';
import { windows } from './windows.js';

export interface WikitextOptions extends SplitCounts {
  /** WikiText-2 (2 million words) or WikiText-103 (103 million). Default 2. */
  version?: 2 | 103;
  /** What a step holds. Default `words`. */
  unit?: Unit;
  /** Steps of a window. Default 512. */
  length?: number;
}

/** Names of each split's file: the official archive's, and plain ones. */
const FILES = {
  train: ['wiki.train.tokens', 'train.txt'],
  validation: ['wiki.valid.tokens', 'valid.txt'],
  test: ['wiki.test.tokens', 'test.txt'],
} as const;
type Split = keyof typeof FILES;

/**
 * WikiText as a language model's task: at every step the next word or character is to be said. The text is cut into
 * windows of `length` steps, the last of a split shorter; every token but a split's first is predicted once, with what
 * stands before it in its window.
 * Tokens by frequency in the training text, case kept, `<eos>` at each line's end (`words`), or every character of it
 * (`characters`; WikiText's `<unk>` is five of them).
 * Splits: the original training, validation and test texts, in the folder `wikitext-2` or `wikitext-103`. Tokens of
 * WikiText-103 are kept in a file of the cache and read from there, window by window.
 * @returns  a task with x and y int32 [batch, L]; validate gives nats a token: `perplexity`, `bitsPerCharacter`
 * @throws RangeError  for a missing file
 */
export async function wikitext(options: WikitextOptions = {}): Promise<Task> {
  const given = withDefaults<
    WikitextOptions & Required<Pick<WikitextOptions, 'version' | 'unit' | 'length'>>
  >('wikitext', options, {
    version: 2,
    unit: 'words',
    length: 512,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { version, unit, length } = given;
  if (version !== 2 && version !== 103)
    throw new RangeError(`wikitext: version must be 2 or 103, got ${version}`);
  if (unit !== 'words' && unit !== 'characters') {
    throw new TypeError(`wikitext: unit must be 'words' or 'characters', got ${unit}`);
  }
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`wikitext: length must be a whole number of at least 1, got ${length}`);
  }
  const counts = checkCounts('wikitext', given);
  const folder = `wikitext-${version}`;
  const path = (split: Split) => dataFile('wikitext', folder, FILES[split]);
  const vocabulary = textVocabulary(path('train'), unit);
  const set = (split: Split): Dataset => {
    const stream =
      version === 2
        ? memoryStream(encoded(path(split), vocabulary))
        : storedStream(folder, path(split), vocabulary);
    return firstOf('wikitext', `${split}Examples`, windows(stream, length), counts[split]);
  };
  return {
    name: unit === 'words' ? folder : `${folder}-characters`,
    classes: vocabulary.symbols.length,
    length,
    input: { kind: 'tokens', size: vocabulary.symbols.length },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    preparation: { vocabulary: vocabulary.symbols },
    notes: [`${unit}, windows of ${length} steps without what stands before them`],
  };
}

function encoded(path: string, vocabulary: TextVocabulary): Uint32Array {
  const tokens: number[] = [];
  for (const line of textLines('wikitext', path))
    for (const token of vocabulary.encode(line)) tokens.push(token);
  return Uint32Array.from(tokens);
}

/** The tokens of a text file in a file of the cache, which is made where it is not there. */
function storedStream(folder: string, path: string, vocabulary: TextVocabulary): TokenStream {
  const text = createHash('sha256');
  for (const line of lines(path)) text.update(line).update('\n');
  // By its content: nobody would notice the tokens of another text that had this name before.
  const digest = text.digest('hex').slice(0, 16);
  const name = `${path.replace(/^.*[/\\]/, '')}-${vocabulary.digest}-${digest}.u32`;
  const file = join(cacheFolder(), folder, name);
  if (!firstFile([join(cacheFolder(), folder)], [name])) writeWhole(file, chunksOf(path, vocabulary));
  return fileStream(file);
}

function* chunksOf(path: string, vocabulary: TextVocabulary): Generator<Uint8Array> {
  for (const line of textLines('wikitext', path)) {
    const tokens = vocabulary.encode(line);
    const bytes = Buffer.alloc(4 * tokens.length);
    tokens.forEach((token, i) => {
      bytes.writeUInt32LE(token, 4 * i);
    });
    yield bytes;
  }
}
