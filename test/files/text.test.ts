import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { decodeLine, decodeText, readText } from '../../src/files/text.js';
import { temporaryFolder } from '../temporary.js';

const bytes = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));
const decode = (input: Buffer, encoding?: string): string => decodeText('f', 'FILE', input, encoding);

describe('text without a wrong character', () => {
  test.each<[string, Buffer, string]>([
    ['one byte a character', bytes('a\nTh', 0xe9), 'line 2, byte 3: 0xe9'],
    ['a lead byte and a plain one', bytes('é', 0xc3, '\n'), 'line 1, byte 3: 0xc3'],
    ['cut inside a character', bytes('x\n', 0xf0, 0x9f, 0x98), 'line 2, byte 1: 0xf0'],
    ['a byte that continues nothing', bytes('ok', 0x80), 'line 1, byte 3: 0x80'],
    ['an overlong slash', bytes('a', 0xc0, 0xaf), 'line 1, byte 2: 0xc0'],
    ['half a surrogate pair', bytes(0xed, 0xa0, 0x80), 'line 1, byte 1: 0xed'],
    ['above the last code point', bytes(0xf4, 0x90, 0x80, 0x80), 'line 1, byte 1: 0xf4'],
  ])('%s is refused with its place', (_, input, place) => {
    expect(() => decode(input)).toThrow(`f: FILE, ${place} is not UTF-8 (pass encoding`);
  });

  it('takes every character of UTF-8, and drops the mark', () => {
    expect(decode(bytes('\ufeffThé 日本 😀'))).toBe('Thé 日本 😀');
  });

  it('takes U+FFFD where the file holds it itself', () => {
    expect(decode(bytes('a\ufffdb'))).toBe('a\ufffdb');
  });

  test.each<[string | undefined, Buffer, string]>([
    ['shift_jis', bytes(0x93, 0xfa), '日'],
    ['latin1', bytes('Th', 0xe9, 0x80), 'Thé\u0080'],
    ['windows-1252', bytes(0x80, 0xe8), '€è'],
    [undefined, Buffer.from('\ufeffThé', 'utf16le'), 'Thé'],
    [undefined, Buffer.from('\ufeffThé', 'utf16le').swap16(), 'Thé'],
    ['utf-16', Buffer.from('\ufeffThé', 'utf16le'), 'Thé'],
    ['utf-16le', Buffer.from('Thé', 'utf16le'), 'Thé'],
    ['utf-16be', Buffer.from('Thé', 'utf16le').swap16(), 'Thé'],
  ])('reads %s', (encoding, input, text) => {
    expect(decode(input, encoding)).toBe(text);
  });

  it('refuses what only looks like text of the encoding', () => {
    expect(() => decode(Buffer.from('Th', 'utf16le'))).toThrow('line 1 holds a zero byte');
    expect(() => decode(bytes('a\nb', 0))).toThrow('line 2 holds a zero byte');
    expect(() => decode(Buffer.from('Th', 'utf16le'), 'utf-16')).toThrow('no byte-order mark');
    expect(() => decode(bytes('abc'), 'utf-16le')).toThrow(
      'no character of utf-16le (pass another encoding)',
    );
    expect(() => decode(bytes(0, 0xd8), 'utf-16le')).toThrow(
      'no character of utf-16le (pass another encoding)',
    );
    expect(() => decode(bytes(0x81), 'windows-1252')).toThrow(
      'line 1 holds bytes that are no character of windows-1252',
    );
    expect(() => decode(bytes('a'), 'klingon')).toThrow(
      /^f: encoding must be a name such as .*, got klingon$/,
    );
  });

  it('reads gzipped files as others', () => {
    const path = join(temporaryFolder('text'), 'a.txt.gz');
    writeFileSync(path, gzipSync('Thé'));
    expect(readText('f', path)).toBe('Thé');
  });

  it('says the line of a text that is read line by line', () => {
    expect(() => decodeLine('f', 'FILE', bytes('Th', 0xe9), 7)).toThrow('FILE, line 7, byte 3: 0xe9');
    expect(() => decodeLine('f', 'FILE', Buffer.from('\ufeffa', 'utf16le'), 1)).toThrow('UTF-16 (convert it');
  });
});
