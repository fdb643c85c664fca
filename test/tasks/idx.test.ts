import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseIdx, readIdx } from '../../src/tasks/idx.js';

const folder = mkdtempSync(join(tmpdir(), 'idx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 253, 254, 255);

describe('reading idx', () => {
  it('gives shape and elements, gzipped or not, whatever the name', () => {
    const expected = { shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 253, 254, 255) };
    for (const [name, bytes] of [
      ['plain', images],
      ['zipped', gzipSync(images)],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const { shape, data } = readIdx(path);
      expect(shape).toEqual(expected.shape);
      expect(Uint8Array.from(data)).toEqual(expected.data);
    }
  });

  it.each([
    ['int8', 9, [0xff, 2], Int8Array.of(-1, 2)],
    ['int16', 11, [0xff, 0xfe, 1, 0], Int16Array.of(-2, 256)],
    ['int32', 12, [0xff, 0xff, 0xff, 0xfd, 0, 1, 0, 0], Int32Array.of(-3, 65536)],
    ['float32', 13, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], Float32Array.of(1, -2)],
    ['float64', 14, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], Float64Array.of(1, -2)],
  ])('reads big-endian %s', (_, type, elements, expected) => {
    expect(parseIdx(Uint8Array.of(0, 0, type, 1, 0, 0, 0, 2, ...elements), 'FILE')).toEqual({
      shape: [2],
      data: expected,
    });
  });
});

describe('refusing', () => {
  it.each([
    [
      'an empty file',
      new Uint8Array(0),
      /^readIdx: FILE: expected a header of at least 4 bytes, got 0 \(truncated\)/,
    ],
    [
      'a header cut short',
      images.subarray(0, 9),
      /expected a header of 16 bytes for 3 dimensions, got 9 \(truncated\)/,
    ],
    ['elements cut short', images.subarray(0, 21), /shape \[2,1,3\] needs 22 bytes, got 21 \(truncated\)/],
    ['bytes too many', Uint8Array.of(...images, 0), /needs 22 bytes, got 23 \(bytes too many\)/],
    ['another format', Buffer.from('<html>'), /expected an idx file .*, got 3c68746d/],
    ['an unknown type', Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0), /expected an idx file .*, got 00000a01/],
    [
      'an absurd size',
      Uint8Array.of(0, 0, 14, 2, 255, 255, 255, 255, 255, 255, 255, 255),
      /needs \S+ bytes, got 12 \(truncated\)/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'FILE')).toThrow(message);
  });

  it('a damaged or cut gzip, naming the file', () => {
    const path = join(folder, 'cut.gz');
    writeFileSync(path, gzipSync(images).subarray(0, 20));
    expect(() => readIdx(path)).toThrow(
      /^readIdx: .*cut\.gz: the gzip data is damaged or cut short \(unexpected end of file\)/,
    );
  });

  it('a missing file', () => {
    expect(() => readIdx(join(folder, 'none'))).toThrow(/ENOENT.*none/);
  });
});
