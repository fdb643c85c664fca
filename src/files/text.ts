import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { outOfRange } from '../options.js';
import { readUnpacked } from './gzip.js';

const NEWLINE = 10;

/** The text of a file, gzipped or not, decoded as `decodeText` does. @param where  the function the user called, for messages */
export function readText(where: string, path: string, encoding?: string): string {
  return decodeText(where, path, readUnpacked(where, path), encoding);
}

/**
 * Decodes text without a wrong character: bytes that the encoding has no character for are refused, never replaced.
 * @param name      stands for the file in messages
 * @param encoding  a name that iconv-lite knows, such as `latin1`, `windows-1252`, `utf-16`, `shift_jis`, `gb18030`. Default
 *   UTF-8, or UTF-16 where its byte-order mark begins the file. A mark is not part of the text
 * @throws RangeError  `csv: beats.csv, line 3, byte 17: 0xe9 is not UTF-8 (…)`; also for UTF-16 without its mark or
 *   half a character, and for zero bytes, which no text holds
 */
export function decodeText(where: string, name: string, bytes: Uint8Array, encoding?: string): string {
  const chosen = checkEncoding(where, encoding) ?? markedAs(bytes) ?? 'utf-8';
  const text = isUtf8Name(chosen) ? fromUtf8(where, name, bytes) : decoded(where, name, bytes, chosen);
  const zero = text.indexOf('\0');
  if (zero < 0) return text;
  throw new RangeError(
    `${where}: ${name}, line ${lineAt(text, zero)} holds a zero byte: this is no text in ${chosen} ` +
      "(pass encoding, such as 'utf-16le', or a text file)",
  );
}

/** One line of a text in UTF-8. @param line  its number, from 1 */
export function decodeLine(where: string, name: string, bytes: Uint8Array, line: number): string {
  const marked = line === 1 ? markedAs(bytes) : undefined;
  if (marked !== undefined) {
    throw new RangeError(`${where}: ${name} is written in UTF-16 (convert it: iconv -f utf-16 -t utf-8)`);
  }
  return fromUtf8(where, name, bytes, line);
}

function checkEncoding(where: string, encoding: string | undefined): string | undefined {
  if (encoding === undefined || iconv.encodingExists(encoding)) return encoding;
  throw outOfRange(
    where,
    'encoding',
    "a name such as 'utf-8', 'latin1', 'windows-1252', 'utf-16le', 'shift_jis'",
    encoding,
  );
}

function isUtf8Name(encoding: string): boolean {
  return /^utf-?8$/i.test(encoding);
}

function lineAt(text: string, place: number): number {
  return text.slice(0, place).split('\n').length;
}

/** UTF-16 by its byte-order mark. */
function markedAs(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

function decoded(where: string, name: string, bytes: Uint8Array, encoding: string): string {
  const which = /^utf-?16$/i.test(encoding) ? markedAs(bytes) : encoding;
  if (which === undefined) {
    throw new RangeError(
      `${where}: ${name} has no byte-order mark (pass encoding: 'utf-16le' or 'utf-16be')`,
    );
  }
  const text = iconv.decode(Buffer.from(bytes), which);
  // What has no character comes out as U+FFFD, half a pair as itself.
  const odd = /^utf-?16/i.test(which) && bytes.length % 2 === 1 ? text.length : text.search(/\ufffd|\p{Cs}/u);
  if (odd < 0) return text;
  throw new RangeError(
    `${where}: ${name}, line ${lineAt(text, odd)} holds bytes that are no character of ${which} (pass another encoding)`,
  );
}

function fromUtf8(where: string, name: string, bytes: Uint8Array, line?: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const before = bytes.subarray(0, at);
    const number = line ?? before.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 1);
    const place = at - (before.lastIndexOf(NEWLINE) + 1) + 1;
    throw new RangeError(
      `${where}: ${name}, line ${number}, byte ${place}: 0x${bytes[at].toString(16)} is not UTF-8 ` +
        "(pass encoding, such as 'latin1' or 'windows-1252', or convert the file)",
    );
  }
}

/** Where the first sequence of bytes begins that is not UTF-8. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at];
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (at + size > bytes.length || !isUtf8(bytes.subarray(at, at + size))) break;
    at += size;
  }
  return at;
}
