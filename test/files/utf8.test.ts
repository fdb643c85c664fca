import { expect, it } from 'vitest';
import { decodeUtf8 } from '../../src/files/utf8.js';

const decode = (...parts: (string | number)[]) =>
  decodeUtf8(
    'f: a.txt',
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part)))),
  );

it('gives text as it is, without a mark at its beginning', () => {
  expect(decode('Thé €\n😀 \ufffd')).toBe('Thé €\n😀 \ufffd');
  expect(decode('\ufeffa')).toBe('a');
  expect(decode()).toBe('');
});

it.each<[string, (string | number)[], RegExp]>([
  [
    'a Latin-1 letter',
    ['ab\nTh', 0xe9, '\nc'],
    /^f: a\.txt, line 2: byte 5 of the file \(0xe9\) is no UTF-8 \(save it as UTF-8\)$/,
  ],
  ['one at the end', ['ab', 0xe9], /line 1: byte 2 of the file \(0xe9\)/],
  ['one behind a real sign of it', ['\ufffdé', 0xff], /line 1: byte 5 of the file \(0xff\)/],
  ['a character that is cut off', ['a', 0xe2, 0x82, '\n'], /byte 1 of the file \(0xe2\)/],
  ['UTF-16', [0xff, 0xfe, 'a', 0, '\n', 0], /^f: a\.txt: the file is UTF-16, not UTF-8/],
])('refuses %s', (_, parts, message) => {
  expect(() => decode(...parts)).toThrow(message);
});
