import { withDefaults } from '../../options.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { type TextFileOptions, type TextFileTask, textFile } from '../own/text-file.js';
import type { Task } from '../task.js';
import { type TokenSequences, tokenCollector, tokenDataset } from '../tokens.js';
import { torchPermutation } from '../torch-permutation.js';
import { byteVocabulary, characterVocabulary, type Vocabulary } from '../vocabulary.js';
import { type Review, reviews } from './reviews.js';

export interface TextOptions extends SplitCounts {
  /** What a step holds: a character (as the official runs) or a byte of its UTF-8 form. Default `characters`. */
  unit?: 'characters' | 'bytes';
  /** Longest sequence, `<eos>` included; longer reviews are cut. Default 4096. */
  length?: number;
  /**
   * Share of the training reviews kept for validation, in [0, 1). Default 0: as in the original, which has no
   * validation split, validation is the test set.
   */
  validationFraction?: number;
  /** Of the order in which reviews are stored, and so of the split. Default 42. */
  seed?: number;
}

/** Times a character has to come up in the training reviews to be a token of its own. */
const LEAST = 15;

/**
 * Long Range Arena's Text: whether an IMDB review is a good one (1) or not (0), read character by character; its
 * first 4,095 characters and `<eos>`. Tokens: `<pad>`, `<unk>`, `<eos>`, then the characters that come up 15 times in
 * the training reviews as they are cut.
 * Splits: 25,000 training and 25,000 test reviews. The original has no validation split: validation is the test set
 * unless `validationFraction` is given, and the task's notes say so.
 * With the path of a text file of one's own: a language model's task of it (`textFile`).
 * @returns  a task with x int32 [batch, L] and y int32 [batch], with true lengths
 * @throws RangeError  for files that are missing or hold no reviews
 * @example await tasks.text('book.txt', { length: 128 });
 */
export async function text(path: string, options?: TextFileOptions): Promise<TextFileTask>;
export async function text(options?: TextOptions): Promise<Task>;
export async function text(
  first: TextOptions | string = {},
  second?: TextFileOptions,
): Promise<Task | TextFileTask> {
  return typeof first === 'string' ? textFile(first, second) : imdb(first);
}

async function imdb(options: TextOptions): Promise<Task> {
  const given = withDefaults<Filled>('text', options, {
    unit: 'characters',
    length: 4096,
    validationFraction: 0,
    seed: 42,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { unit, length, validationFraction, seed } = given;
  if (unit !== 'characters' && unit !== 'bytes') {
    throw new TypeError(`text: unit must be 'characters' or 'bytes', got ${unit}`);
  }
  if (!Number.isSafeInteger(length) || length < 2) {
    throw new RangeError(`text: length must be a whole number of at least 2, got ${length}`);
  }
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new RangeError(`text: validationFraction must be in [0, 1), got ${validationFraction}`);
  }
  const [forTraining, forTest] = [mixed(reviews('train'), seed), mixed(reviews('test'), seed)];
  const held = Math.round(validationFraction * forTraining.length);
  const sets = {
    train: forTraining.slice(held),
    validation: held > 0 ? forTraining.slice(0, held) : forTest,
    test: forTest,
  };
  const sizes = { train: sets.train.length, validation: sets.validation.length, test: sets.test.length };
  const counts = checkCounts('text', given, sizes);
  const vocabulary =
    unit === 'bytes'
      ? byteVocabulary
      : characterVocabulary(textsOf(forTraining), { least: LEAST, longest: length - 1 });
  const encoded = (split: keyof typeof sets) =>
    tokenDataset(encode(sets[split].slice(0, counts[split]), vocabulary, length));
  return {
    name: 'text',
    classes: 2,
    length,
    input: { kind: 'tokens', size: vocabulary.size },
    train: encoded('train'),
    validation: encoded('validation'),
    test: encoded('test'),
    preparation: { vocabulary: vocabulary.symbols },
    notes: held > 0 ? [] : ['validation is the test set: the original has no validation split'],
  };
}

type Filled = TextOptions & Required<Pick<TextOptions, 'unit' | 'length' | 'validationFraction' | 'seed'>>;

/** The files come class by class; so that the first examples of a set are of both. */
function mixed(all: readonly Review[], seed: number): Review[] {
  return Array.from(torchPermutation(all.length, seed), (i) => all[i]);
}

function* textsOf(all: readonly Review[]): Generator<string> {
  for (const { text } of all) yield text;
}

function encode(chosen: readonly Review[], vocabulary: Vocabulary, length: number): TokenSequences {
  const set = tokenCollector(vocabulary.size > 256);
  const buffer = new Uint16Array(length);
  for (const { text, label } of chosen) set.add(buffer, vocabulary.encode(text, buffer), label);
  return set.done();
}
