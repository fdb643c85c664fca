import { CLOSE, type Expression, OPERATORS, SYMBOLS } from './generate.js';

/** First line of an official file. */
export const HEADER = 'Source\tTarget';

const [SPACE, LEFT, RIGHT, BRACKET] = [' ', '(', ')', ']'].map((c) => c.charCodeAt(0));
const numberOf = new Map(SYMBOLS.map((symbol, i) => [symbol, i]));

/**
 * An expression as the official files write it: nested pairs in parentheses, `( ( ( [MAX 4 ) 3 ) ] )` for [MAX 4 3],
 * then a tab and the value.
 */
export function officialLine({ tokens, value }: Expression): string {
  let at = 0;
  const node = (): string => {
    const token = tokens[at++];
    if (token < OPERATORS || token >= CLOSE) return SYMBOLS[token];
    let text = SYMBOLS[token];
    while (tokens[at] !== CLOSE) text = `( ${text} ${node()} )`;
    at++;
    return `( ${text} ] )`;
  };
  return `${node()}\t${value}`;
}

/**
 * Reads a line of an official file the way its loaders do: parentheses away, `]` is `X`, split at spaces.
 * @param buffer  receives the tokens
 * @returns       how many there are (as many as fit are kept), and the value
 * @throws RangeError  for a symbol the set does not have, or a line without a value of 0 … 9
 */
export function parseLine(line: Uint8Array, buffer: Uint8Array): { length: number; value: number } {
  const tab = line.lastIndexOf(9);
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  const target = text.toString('latin1', tab + 1).trim();
  if (tab < 0 || !/^[0-9]$/.test(target)) {
    throw new RangeError(`expected an expression, a tab and a value of 0 to 9, got ${start(text)}`);
  }
  let length = 0;
  for (let i = 0; i < tab; i++) {
    const c = line[i];
    if (c === SPACE || c === LEFT || c === RIGHT) continue;
    let end = i + 1;
    while (end < tab && line[end] !== SPACE) end++;
    const symbol = c === BRACKET ? 'X' : text.toString('latin1', i, end);
    const token = numberOf.get(symbol);
    if (token === undefined) throw new RangeError(`expected symbols of ListOps, got "${symbol}"`);
    if (length < buffer.length) buffer[length++] = token;
    i = end;
  }
  return { length, value: Number(target) };
}

function start(text: Buffer): string {
  return JSON.stringify(text.toString('latin1', 0, 40));
}
