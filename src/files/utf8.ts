import { isUtf8 } from 'node:buffer';

const NEWLINE = 10;
const REPLACEMENT = '\ufffd';

/**
 * The text of a file's bytes, without a byte-order mark. What is not UTF-8 is never read as something else.
 * @param where  function and file, for the message
 * @throws RangeError  `text: a.txt, line 3: byte 17 of the file (0xe9) is no UTF-8 (…)`
 */
export function decodeUtf8(where: string, bytes: Uint8Array): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const what = marked ? 'the file is UTF-16, not UTF-8' : badByte(bytes);
  throw new RangeError(`${where}${marked ? ': ' : ', '}${what} (save it as UTF-8)`);
}

/** Where the first byte lies that is no UTF-8. */
function badByte(bytes: Uint8Array): string {
  let [start, line] = [0, 1];
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const part = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    if (!isUtf8(part)) {
      const at = start + badIn(part);
      return `line ${line}: byte ${at} of the file (0x${bytes[at].toString(16)}) is no UTF-8`;
    }
    start = newline + 1;
    line++;
  }
}

/** The first byte that a decoder puts its sign for; the sign itself may stand in a text too. */
function badIn(part: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(part);
  let [at, from] = [0, 0];
  for (;;) {
    const next = text.indexOf(REPLACEMENT, from);
    at += Buffer.byteLength(text.slice(from, next));
    if (!(part[at] === 0xef && part[at + 1] === 0xbf && part[at + 2] === 0xbd)) return at;
    at += 3;
    from = next + 1;
  }
}
