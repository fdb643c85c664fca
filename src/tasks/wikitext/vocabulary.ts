import { createHash } from 'node:crypto';
import { textLines } from '../lines.js';

/** The end of a line. */
export const EOS = '<eos>';

/** Token numbers of a text's words or characters, the most frequent first. */
export interface TextVocabulary {
  readonly symbols: readonly string[];
  /** Of symbols and their order: what a stored encoding belongs to. */
  readonly digest: string;
  /** Tokens of one line, its end included. */
  encode(line: string): number[];
}

export type Unit = 'words' | 'characters';

/**
 * The vocabulary of a text file, as the official loader makes it: every word as it is, split at white space, and
 * `<eos>` for the end of each line; or every character, and a newline. By frequency, equals in the order in which they
 * first come up. What is not in it is read as `<unk>`, which the word files hold themselves.
 */
export function textVocabulary(path: string, unit: Unit): TextVocabulary {
  return vocabularyOf(textLines('wikitext', path), unit);
}

/** The same of lines that are at hand. */
export function vocabularyOf(text: Iterable<string>, unit: Unit): TextVocabulary {
  const counts = new Map<string, number>();
  for (const line of text) {
    for (const symbol of symbolsOf(line, unit)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  if (!counts.has('<unk>')) counts.set('<unk>', 0);
  const symbols = [...counts].sort(([, a], [, b]) => b - a).map(([symbol]) => symbol);
  const numbers = new Map(symbols.map((symbol, i) => [symbol, i]));
  const unknown = numbers.get('<unk>') as number;
  return {
    symbols,
    digest: createHash('sha256').update(symbols.join('\n')).digest('hex').slice(0, 16),
    encode: (line) => symbolsOf(line, unit).map((symbol) => numbers.get(symbol) ?? unknown),
  };
}

function symbolsOf(line: string, unit: Unit): string[] {
  if (unit === 'characters') return [...line, '\n'];
  const words = line.split(/[ \t\r]+/).filter((word) => word !== '');
  words.push(EOS);
  return words;
}
