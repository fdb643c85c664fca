import { readText } from '../../files/text.js';
import { outOfRange, withDefaults } from '../../options.js';
import type { Dataset, Task } from '../task.js';
import { memoryStream } from '../wikitext/stream.js';
import { EOS, type TextVocabulary, type Unit, vocabularyOf } from '../wikitext/vocabulary.js';
import { windows } from '../wikitext/windows.js';

export interface TextFileOptions {
  /** Default `text`. */
  name?: string;
  /** What a step holds. Default `characters`. */
  unit?: Unit;
  /** Steps of a window. Default 256. */
  length?: number;
  /** Shares of the lines held out, in [0, 1): the last ones are the test set's, those before them validation's. Default 0.1 each. */
  validation?: number;
  test?: number;
  /** How the file is written, e.g. `latin1`. Default UTF-8, or UTF-16 by its mark. */
  encoding?: string;
}

/** A language model's task that knows its tokens. */
export interface TextFileTask extends Task {
  /** The tokens in the order of their numbers. */
  readonly vocabulary: readonly string[];
  /** Token numbers of a text; `<unk>`'s for what the vocabulary does not have. */
  encode(text: string): Int32Array;
  /** The text that token numbers stand for. @throws RangeError  for a number that is no token's */
  decode(tokens: ArrayLike<number>): string;
}

/**
 * A text of one's own as a language model's task: at every step the next character or word is to be said, in windows of
 * `length` steps. The vocabulary is that of the training lines, the most frequent first, and `<unk>`.
 * @returns  a task with x and y int32 [batch, L]; validate gives nats a token: `perplexity`, `bitsPerCharacter`
 * @throws RangeError  for a file that is not UTF-8, naming the line, or too short to be divided
 * @example
 *   const task = await tasks.text('book.txt', { length: 128 });
 *   spikingSSM({ ...ownRecipe(task, 'small'), seed: 1 });
 */
export async function textFile(path: string, options: TextFileOptions = {}): Promise<TextFileTask> {
  const { name, unit, length, validation, test, encoding } = withDefaults<
    Required<Omit<TextFileOptions, 'encoding'>> & Pick<TextFileOptions, 'encoding'>
  >('text', options, {
    name: 'text',
    unit: 'characters',
    length: 256,
    validation: 0.1,
    test: 0.1,
    encoding: undefined,
  });
  if (unit !== 'words' && unit !== 'characters') {
    throw new TypeError(`text: unit must be 'words' or 'characters', got ${unit}`);
  }
  if (!Number.isSafeInteger(length) || length < 1) {
    throw outOfRange('text', 'length', 'a whole number of at least 1', length);
  }
  for (const [what, share] of Object.entries({ validation, test })) {
    if (!(share >= 0 && share < 1)) throw outOfRange('text', what, 'a share in [0, 1)', share);
  }
  const all = linesOf(path, encoding);
  const [heldFrom, testFrom] = [1 - validation - test, 1 - test].map((share) =>
    Math.round(share * all.length),
  );
  if (heldFrom < 1) {
    throw new RangeError(
      `text: ${path} leaves nothing to train on: ${all.length} lines, validation ${validation}, test ${test} ` +
        '(a text of one long line is divided after line breaks are put in, or with both shares 0)',
    );
  }
  const vocabulary = vocabularyOf(all.slice(0, heldFrom), unit);
  const set = (lines: readonly string[]): Dataset => {
    const tokens = Uint32Array.from(lines.flatMap((line) => vocabulary.encode(line)));
    return windows(memoryStream(tokens), length);
  };
  const train = set(all.slice(0, heldFrom));
  if (train.size === 0) throw new RangeError(`text: ${path} is too short to train on`);
  return {
    name,
    classes: vocabulary.symbols.length,
    length,
    input: { kind: 'tokens', size: vocabulary.symbols.length },
    train,
    validation: set(all.slice(heldFrom, testFrom)),
    test: set(all.slice(testFrom)),
    preparation: {
      reader: { maker: 'text', options: { unit, length, encoding } },
      vocabulary: vocabulary.symbols,
    },
    vocabulary: vocabulary.symbols,
    ...coding(vocabulary, unit),
    notes: [`${unit}, windows of ${length} steps without what stands before them`],
  };
}

function coding(vocabulary: TextVocabulary, unit: Unit): Pick<TextFileTask, 'encode' | 'decode'> {
  return {
    encode: (text) => {
      const tokens = text.split('\n').flatMap((line) => vocabulary.encode(line));
      // No line ends after the last one.
      return Int32Array.from(tokens.slice(0, -1));
    },
    decode: (tokens) => {
      const symbols = Array.from(tokens, (token) => {
        const symbol = vocabulary.symbols[token];
        if (symbol === undefined) {
          throw outOfRange('decode', 'tokens', `token numbers in [0, ${vocabulary.symbols.length})`, token);
        }
        return symbol;
      });
      if (unit === 'characters') return symbols.join('');
      return symbols
        .map((symbol) => (symbol === EOS ? '\n' : symbol))
        .join(' ')
        .replace(/ ?\n ?/g, '\n');
    },
  };
}

function linesOf(path: string, encoding: string | undefined): string[] {
  const lines = readText('text', path, encoding).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new RangeError(`text: ${path} is empty`);
  return lines;
}
