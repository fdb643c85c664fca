import type { VocabularyPart } from './vocabulary-parts.js';

/** A head of parts and the tokens that it should have said, row by row. */
export interface PartedAnswers {
  labels: Int32Array;
  parts: readonly VocabularyPart[];
  /** Logits of the first part's tokens and of the later parts' entries  [rows, width] */
  shortlist: Float32Array;
  /** Column of a later part's entry. */
  entry(part: number): number;
  /** Logits within a later part, of some rows  [rows.length, words] */
  logits(part: number, rows: Int32Array): Float32Array;
}

/** Rows whose logits within a part are there at once. */
const ROWS = 64;

/**
 * Rows whose label is the most likely token of the whole vocabulary; of equal tokens of the shortlist the first counts.
 * Few rows need more than the shortlist: those whose label is the best of its part while the entry of another part has
 * more probability than it. All logarithms of probabilities are but for the shortlist's own sum, which they share.
 */
export function countRight({ labels, parts, shortlist, entry, logits }: PartedAnswers): number {
  const width = shortlist.length / labels.length;
  const words = parts[0].words;
  const later = parts.map((_, part) => part).slice(1);
  const entryOf = (row: number, part: number): number => shortlist[row * width + entry(part)];
  /** Logarithm of each label's probability; -Infinity once something is known to be likelier. */
  const own = new Float64Array(labels.length).fill(Number.NEGATIVE_INFINITY);
  const inPart = (part: number, label: number): boolean =>
    label >= parts[part].from && label < parts[part].from + parts[part].words;
  const eachRow = (
    part: number,
    which: (row: number) => boolean,
    visit: (row: number, values: Float32Array) => void,
  ): void => {
    const rows = Int32Array.from(labels.keys()).filter(which);
    for (let i = 0; i < rows.length; i += ROWS) {
      const some = rows.subarray(i, i + ROWS);
      const values = logits(part, some);
      const size = parts[part].words;
      some.forEach((row, n) => {
        visit(row, values.subarray(n * size, (n + 1) * size));
      });
    }
  };

  const best = labels.map((_, row) => largest(shortlist.subarray(row * width, row * width + words)));
  labels.forEach((label, row) => {
    if (best[row] === label) own[row] = shortlist[row * width + label];
  });
  for (const part of later) {
    const open = (row: number): boolean =>
      inPart(part, labels[row]) && entryOf(row, part) > shortlist[row * width + best[row]];
    eachRow(part, open, (row, values) => {
      const label = labels[row] - parts[part].from;
      if (largest(values) !== label) return;
      const found = entryOf(row, part) - Math.log(sumOfExponentials(values, values[label], Infinity));
      if (found > shortlist[row * width + best[row]]) own[row] = found;
    });
  }
  for (const part of later) {
    const rival = (row: number): boolean =>
      own[row] > Number.NEGATIVE_INFINITY && !inPart(part, labels[row]) && entryOf(row, part) > own[row];
    eachRow(part, rival, (row, values) => {
      // Its likeliest token has the probability exp(entry) / sum.
      const most = Math.exp(entryOf(row, part) - own[row]);
      if (sumOfExponentials(values, values[largest(values)], most) < most)
        own[row] = Number.NEGATIVE_INFINITY;
    });
  }
  return own.filter((value) => value > Number.NEGATIVE_INFINITY).length;
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Sum of exp(value - offset), or a part of it that is at least `enough`. */
function sumOfExponentials(values: Float32Array, offset: number, enough: number): number {
  let sum = 0;
  for (let i = 0; i < values.length && sum < enough; i++) sum += Math.exp(values[i] - offset);
  return sum;
}
