import { dataFile } from '../../data/locate.js';
import { decodeLine } from '../../files/text.js';
import { withDefaults } from '../../options.js';
import * as tf from '../../tf.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { firstOf, indexedDataset } from '../dataset.js';
import { lineFile, lines } from '../lines.js';
import type { Dataset, Task } from '../task.js';
import { characterVocabulary, type Vocabulary } from '../vocabulary.js';

export interface RetrievalOptions extends SplitCounts {
  /** Longest sequence, `<eos>` included; longer texts are cut. Default 4000. */
  length?: number;
}

const FILES = {
  train: 'new_aan_pairs.train.tsv',
  validation: 'new_aan_pairs.eval.tsv',
  test: 'new_aan_pairs.test.tsv',
} as const;
type Split = keyof typeof FILES;

/**
 * Long Range Arena's Retrieval: whether two papers of the ACL Anthology Network are linked by a citation (1) or not
 * (0), each read character by character, its first 3,999 and `<eos>`; a model with `pairs: true` reads both.
 * Splits: the original's files `new_aan_pairs.{train,eval,test}.tsv` (label, two numbers, two texts) in the folder
 * `retrieval`. Tokens: `<pad>`, `<unk>`, `<eos>`, then the characters of the training texts as they are cut. Lines are
 * read when they are needed, so that they need not fit in memory.
 * @returns  a task with x int32 [batch, 2, L] and y int32 [batch], with the true lengths of both texts
 * @throws RangeError  for a missing file, or a line of another form
 */
export async function retrieval(options: RetrievalOptions = {}): Promise<Task> {
  const given = withDefaults<RetrievalOptions & { length: number }>('retrieval', options, {
    length: 4000,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { length } = given;
  if (!Number.isSafeInteger(length) || length < 2) {
    throw new RangeError(`retrieval: length must be a whole number of at least 2, got ${length}`);
  }
  const counts = checkCounts('retrieval', given);
  const path = (split: Split) => dataFile('retrieval', 'retrieval', [FILES[split]]);
  const vocabulary = characterVocabulary(textsOf(path('train')), { least: 1, longest: length - 1 });
  const set = (split: Split) =>
    firstOf('retrieval', `${split}Examples`, pairs(path(split), vocabulary, length), counts[split]);
  return {
    name: 'retrieval',
    classes: 2,
    length,
    input: { kind: 'tokens', size: vocabulary.size },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    preparation: { vocabulary: vocabulary.symbols },
  };
}

interface Pair {
  label: number;
  texts: [string, string];
}

function parsePair(line: Buffer, path: string, index: number): Pair {
  const [label, , , ...texts] = decodeLine('retrieval', path, line, index + 1).split('\t');
  if (!/^[01](\.0)?$/.test(label) || texts.length !== 2) {
    throw new RangeError(
      `retrieval: ${path}, line ${index + 1}: expected label 0 or 1, two numbers and two texts between tabs, ` +
        `got ${texts.length + 3} columns and label "${label.slice(0, 20)}"`,
    );
  }
  return { label: Number(label), texts: texts as [string, string] };
}

function* textsOf(path: string): Generator<string> {
  let index = 0;
  for (const line of lines(path)) yield* parsePair(line, path, index++).texts;
}

function pairs(path: string, vocabulary: Vocabulary, length: number): Dataset {
  const longest: number[] = [];
  const file = lineFile(path, (line, index) => {
    const { texts } = parsePair(line, path, index);
    longest.push(Math.min(length, Math.max(...texts.map((text) => text.length)) + 1));
  });
  return indexedDataset(
    Uint32Array.from(longest, (_, i) => i),
    (chosen) => {
      const found = Array.from(chosen, (i) => parsePair(file.line(i), path, i));
      const buffer = new Uint16Array(length);
      const tokens = found.flatMap(({ texts }) =>
        texts.map((text) => buffer.slice(0, vocabulary.encode(text, buffer))),
      );
      const lengths = Int32Array.from(tokens, (sequence) => sequence.length);
      const L = Math.max(...lengths);
      const x = new Int32Array(tokens.length * L);
      tokens.forEach((sequence, i) => {
        x.set(sequence, i * L);
      });
      const labels = Int32Array.from(found, ({ label }) => label);
      return { x: tf.tensor3d(x, [found.length, 2, L], 'int32'), y: tf.tensor1d(labels, 'int32'), lengths };
    },
    (example) => longest[example],
  );
}
