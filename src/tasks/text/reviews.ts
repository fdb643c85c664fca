import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataFile } from '../../data/locate.js';
import { readText } from '../../files/text.js';
import { textLines } from '../lines.js';

export interface Review {
  text: string;
  /** 1 for a good one. */
  label: number;
}

/**
 * The reviews of one split, from `train.jsonl` (one object with label and text a line) or from the folders `train/neg`
 * and `train/pos` of the original archive, in that order.
 * @throws RangeError  for missing files, or a line without text and label
 */
export function reviews(split: 'train' | 'test'): Review[] {
  const found = dataFile('text', 'imdb', [`${split}.jsonl`, `${split}/pos`]);
  const all = found.endsWith('pos') ? fromFolder(dirname(found)) : fromLines(found);
  if (all.length === 0) throw new RangeError(`text: ${found}: expected reviews, found none`);
  return all;
}

function fromLines(path: string): Review[] {
  const all: Review[] = [];
  let number = 0;
  for (const written of textLines('text', path)) {
    number++;
    if (written === '') continue;
    const { text, label } = parsed(written);
    if (typeof text !== 'string' || (label !== 0 && label !== 1)) {
      throw new RangeError(
        `text: ${path}, line ${number}: expected {"label": 0 or 1, "text": "…"}, ` +
          `got ${written.slice(0, 60)}`,
      );
    }
    all.push({ text, label });
  }
  return all;
}

function parsed(line: string): { text?: unknown; label?: unknown } {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

function fromFolder(folder: string): Review[] {
  return ['neg', 'pos'].flatMap((kind, label) =>
    readdirSync(join(folder, kind))
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => ({ text: readText('text', join(folder, kind, name)), label })),
  );
}
