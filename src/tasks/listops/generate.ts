import { createHash } from 'node:crypto';
import type { Random } from '../../random.js';

/** Symbols by token number. The first three are common to all texts: padding, unknown, end of sequence. */
export const SYMBOLS: readonly string[] = [
  ...['<pad>', '<unk>', '<eos>'],
  ...['[MIN', '[MAX', '[MED', '[SM', 'X'],
  ...['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
];

export const EOS = 2;
export const OPERATORS = 3;
export const CLOSE = 7;
export const DIGITS = 8;

/** Depth at which a tree has digits only. */
const DEEPEST = 10;
const OPERATOR_SHARE = 0.25;
const [FEWEST, MOST] = [2, 10];
/** Symbols of a tree, both exclusive. */
const [SHORT, LONG] = [500, 2000];

export interface Expression {
  /** Operators, digits and closing brackets, no end of sequence. */
  tokens: Uint8Array;
  /** 0 … 9 */
  value: number;
}

/**
 * Distinct expressions without end, by the rules of Long Range Arena's "basic" set: a node above depth 10 is an
 * operator with probability 1/4, has 2 to 10 arguments, made from left to right before the operator is drawn; trees of
 * 501 to 1,999 symbols are kept.
 * Rules: Nangia and Bowman 2018, arXiv 1804.06028; Tay et al. 2021, arXiv 2011.04006.
 */
export function* expressions(random: Random): Generator<Expression> {
  const buffer = new Uint8Array(LONG);
  const seen = new Set<string>();
  for (;;) {
    const tree = { buffer, length: 0 };
    const value = grow(tree, 1, random);
    if (value === undefined || tree.length <= SHORT) continue;
    const tokens = buffer.slice(0, tree.length);
    const digest = createHash('sha1').update(tokens).digest('base64');
    if (seen.has(digest)) continue;
    seen.add(digest);
    yield { tokens, value };
  }
}

/** Appends a node to the tree. @returns its value, or undefined where the tree has become too long */
function grow(
  tree: { buffer: Uint8Array; length: number },
  depth: number,
  random: Random,
): number | undefined {
  if (depth === DEEPEST || random.uniform() > OPERATOR_SHARE) {
    const digit = random.integer(0, 9);
    tree.buffer[tree.length++] = DIGITS + digit;
    return tree.length < LONG ? digit : undefined;
  }
  const place = tree.length++;
  const values: number[] = [];
  for (let left = random.integer(FEWEST, MOST); left > 0; left--) {
    // Room for this node's bracket.
    if (tree.length >= LONG - 1) return undefined;
    const value = grow(tree, depth + 1, random);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const operator = random.integer(0, 3);
  tree.buffer[place] = OPERATORS + operator;
  tree.buffer[tree.length++] = CLOSE;
  return tree.length < LONG ? operations[operator](values) : undefined;
}

/** In the order of their tokens: smallest, largest, median (of two the mean, cut), sum of the last digit. */
export const operations: readonly ((values: number[]) => number)[] = [
  (values) => Math.min(...values),
  (values) => Math.max(...values),
  (values) => {
    const sorted = values.slice().sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) >> 1;
  },
  (values) => values.reduce((sum, value) => sum + value, 0) % 10,
];
