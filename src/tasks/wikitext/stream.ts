import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** A long sequence of token numbers, of which pieces are read. */
export interface TokenStream {
  readonly length: number;
  read(start: number, count: number): Int32Array;
}

/** Tokens in memory. */
export function memoryStream(tokens: Uint16Array | Uint32Array): TokenStream {
  return {
    length: tokens.length,
    read: (start, count) => Int32Array.from(tokens.subarray(start, start + count)),
  };
}

/** Tokens in a file of little-endian 32-bit numbers; only what is asked for is read. */
export function fileStream(path: string): TokenStream {
  return {
    length: statSync(path).size / 4,
    read: (start, count) => {
      const bytes = Buffer.alloc(4 * count);
      const file = openSync(path, 'r');
      try {
        readSync(file, bytes, 0, bytes.length, 4 * start);
      } finally {
        closeSync(file);
      }
      return Int32Array.from({ length: count }, (_, i) => bytes.readInt32LE(4 * i));
    },
  };
}
