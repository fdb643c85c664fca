import { closeSync, openSync, readSync } from 'node:fs';
import { readUnpacked } from '../files/gzip.js';
import { decodeLine } from '../files/text.js';

const CHUNK = 1 << 20;
const NEWLINE = 10;

/**
 * The lines of a text file as bytes, without the newline; a file that is not gzipped is never wholly in memory.
 * A line is valid until the next one is asked for.
 */
export function* lines(path: string): Generator<Buffer> {
  if (path.endsWith('.gz')) {
    yield* linesOf([Buffer.from(readUnpacked('readLines', path))]);
    return;
  }
  const file = openSync(path, 'r');
  try {
    yield* linesOf(chunks(file));
  } finally {
    closeSync(file);
  }
}

/**
 * The lines of a text file in UTF-8, without the newline and any byte-order mark.
 * @param where  the function the user called, for messages
 * @throws RangeError  for bytes that are not UTF-8, with the line
 */
export function* textLines(where: string, path: string): Generator<string> {
  let number = 0;
  for (const line of lines(path)) yield decodeLine(where, path, line, ++number);
}

function* chunks(file: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const size = readSync(file, chunk, 0, CHUNK, null);
    if (size === 0) return;
    yield chunk.subarray(0, size);
  }
}

function* linesOf(parts: Iterable<Buffer>): Generator<Buffer> {
  let rest = Buffer.alloc(0);
  for (const part of parts) {
    let start = 0;
    for (let end = part.indexOf(NEWLINE); end >= 0; end = part.indexOf(NEWLINE, start)) {
      const line = part.subarray(start, end);
      yield rest.length === 0 ? line : Buffer.concat([rest, line]);
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    if (start < part.length) rest = Buffer.concat([rest, part.subarray(start)]);
  }
  if (rest.length > 0) yield rest;
}

/** A text file whose lines can be read in any order; unless it is gzipped, it is never wholly in memory. */
export interface LineFile {
  /** First byte and length of each line. */
  readonly starts: Float64Array;
  readonly sizes: Uint32Array;
  line(index: number): Buffer;
}

/** Looks for the ends of all lines first, calling `see` with each. */
export function lineFile(path: string, see: (line: Buffer, index: number) => void): LineFile {
  const starts: number[] = [];
  const sizes: number[] = [];
  let at = 0;
  for (const line of lines(path)) {
    see(line, starts.length);
    starts.push(at);
    sizes.push(line.length);
    at += line.length + 1;
  }
  const whole = path.endsWith('.gz') ? Buffer.from(readUnpacked('readLines', path)) : undefined;
  return {
    starts: Float64Array.from(starts),
    sizes: Uint32Array.from(sizes),
    line: (index) => {
      if (whole) return whole.subarray(starts[index], starts[index] + sizes[index]);
      const bytes = Buffer.alloc(sizes[index]);
      const file = openSync(path, 'r');
      try {
        readSync(file, bytes, 0, bytes.length, starts[index]);
      } finally {
        closeSync(file);
      }
      return bytes;
    },
  };
}
