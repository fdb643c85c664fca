/** Tokens that every vocabulary begins with. */
export const SPECIAL = { pad: 0, unknown: 1, end: 2 } as const;
const FIRST = 3;
const SPECIAL_SYMBOLS = ['<pad>', '<unk>', '<eos>'];

export interface Vocabulary {
  /** Tokens, the special ones included. */
  readonly size: number;
  /** Of each token, in the order of their numbers; none of bytes, which are their own. */
  readonly symbols?: readonly string[];
  /**
   * Writes the tokens of a text to `buffer`, as many as fit, and `<eos>`.
   * @returns  how many tokens, `<eos>` included
   */
  encode(text: string, buffer: Uint8Array | Uint16Array): number;
}

/**
 * The characters (Unicode code points) that texts hold at least `least` times, the most frequent first, then by code
 * point. Everything else is unknown.
 * @param longest  characters of each text that are looked at
 */
export function characterVocabulary(
  texts: Iterable<string>,
  { least, longest }: { least: number; longest: number },
): Vocabulary & { readonly characters: readonly string[] } {
  const counts = new Uint32Array(0x110000);
  for (const text of texts) eachCharacter(text, longest, (code) => counts[code]++);
  const kept: number[] = [];
  counts.forEach((count, code) => {
    if (count >= least) kept.push(code);
  });
  kept.sort((a, b) => counts[b] - counts[a] || a - b);
  const numbers = new Uint16Array(0x110000).fill(SPECIAL.unknown);
  kept.forEach((code, i) => {
    numbers[code] = FIRST + i;
  });
  const characters = kept.map((code) => String.fromCodePoint(code));
  return {
    size: FIRST + kept.length,
    symbols: [...SPECIAL_SYMBOLS, ...characters],
    characters,
    encode: (text, buffer) => {
      let length = 0;
      eachCharacter(text, buffer.length - 1, (code) => {
        buffer[length++] = numbers[code];
      });
      buffer[length] = SPECIAL.end;
      return length + 1;
    },
  };
}

/** Calls `see` with the code points of the first `longest` characters. */
function eachCharacter(text: string, longest: number, see: (code: number) => void): void {
  let seen = 0;
  for (let i = 0; i < text.length && seen < longest; seen++) {
    const code = text.codePointAt(i) as number;
    i += code > 0xffff ? 2 : 1;
    see(code);
  }
}

/** The 256 bytes of a text's UTF-8 form. */
export const byteVocabulary: Vocabulary = {
  size: FIRST + 256,
  encode: (text, buffer) => {
    const bytes = Buffer.from(text, 'utf8');
    const length = Math.min(bytes.length, buffer.length - 1);
    for (let i = 0; i < length; i++) buffer[i] = FIRST + bytes[i];
    buffer[length] = SPECIAL.end;
    return length + 1;
  },
};
