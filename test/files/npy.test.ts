import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNpy, readNpy } from '../../src/files/npy.js';
import { readNpz } from '../../src/files/npz.js';
import { zipOf } from './archives.js';
import { npyOf } from './npy-bytes.js';

const bytesOf = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const six = [0, 1, 2, 3, 4, 5];

describe('reading .npy', () => {
  it.each([
    ['<f4', Float32Array.of(-1.5, 2.25)],
    ['<f8', Float64Array.of(-1.5, Math.PI)],
    ['<i8', BigInt64Array.of(-(2n ** 60n), 7n)],
    ['<u8', BigUint64Array.of(2n ** 63n, 7n)],
    ['<i4', Int32Array.of(-70000, 7)],
    ['<u4', Uint32Array.of(4e9, 7)],
    ['<i2', Int16Array.of(-300, 7)],
    ['<u2', Uint16Array.of(65535, 7)],
    ['|i1', Int8Array.of(-3, 7)],
    ['|u1', Uint8Array.of(255, 7)],
    ['|b1', Uint8Array.of(1, 0)],
  ])('%s, little-endian and big-endian', (descr, data) => {
    const expected = { shape: [2], dtype: descr.slice(1), data };
    expect(parseNpy(npyOf(descr, [2], bytesOf(data)), 'FILE')).toEqual(expected);
    const turned = Buffer.from(bytesOf(data));
    const width = data.BYTES_PER_ELEMENT;
    for (let at = 0; at < turned.length; at += width) turned.subarray(at, at + width).reverse();
    expect(parseNpy(npyOf(`>${descr.slice(1)}`, [2], turned), 'FILE')).toEqual(expected);
  });

  it('half precision, with its smallest and largest numbers', () => {
    const bits = [0x0000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    const { data } = parseNpy(npyOf('<f2', [10], bytesOf(Uint16Array.from(bits))), 'FILE');
    const [inf, tiny] = [Number.POSITIVE_INFINITY, 2 ** -24];
    expect([...data]).toEqual([0, tiny, 1023 * tiny, 1024 * tiny, 1, -2, 65504, inf, -inf, Number.NaN]);
  });

  it('Fortran order, as C order', () => {
    // The element at [i, j, k] of shape [2, 3, 4] is 100 i + 10 j + k.
    const [fortran, c] = [new Int32Array(24), new Int32Array(24)];
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        for (let k = 0; k < 4; k++) {
          c[(i * 3 + j) * 4 + k] = 100 * i + 10 * j + k;
          fortran[i + 2 * (j + 3 * k)] = 100 * i + 10 * j + k;
        }
    expect(parseNpy(npyOf('<i4', [2, 3, 4], bytesOf(fortran), { fortran: true }), 'FILE').data).toEqual(c);
  });

  it('versions 2 and 3, scalars, empty arrays', () => {
    for (const version of [2, 3]) {
      expect(parseNpy(npyOf('|u1', [6], Buffer.from(six), { version }), 'FILE').data).toEqual(
        Uint8Array.from(six),
      );
    }
    expect(parseNpy(npyOf('|u1', [], Buffer.of(7)), 'FILE')).toEqual({
      shape: [],
      dtype: 'u1',
      data: Uint8Array.of(7),
    });
    expect(parseNpy(npyOf('<f4', [0, 5], Buffer.of()), 'FILE')).toMatchObject({ shape: [0, 5] });
  });

  it.each([
    [
      'objects',
      npyOf('|O', [1], Buffer.alloc(8)),
      /got dtype "\|O": an object array holds pickled Python, which is not/,
    ],
    [
      'text',
      npyOf('<U5', [1], Buffer.alloc(20)),
      /expected numbers or booleans .*, got dtype "<U5": text \(save the number of each class/,
    ],
    [
      'complex numbers',
      npyOf('<c8', [1], Buffer.alloc(8)),
      /got dtype "<c8": complex numbers \(save real and imaginary/,
    ],
    ['fields', npyOf("[('a', '<f4')]", [1], Buffer.alloc(4)), /a structured array has named fields/],
    ['another file', Buffer.from('hello, world'), /expected a \.npy file .*, got "hello,"$/],
    ['an empty file', Buffer.of(), /expected a \.npy file/],
    [
      'a cut file',
      npyOf('<f4', [3], Buffer.alloc(11)),
      /shape \[3\] of f4 needs 12 bytes of data, got 11 \(truncated\)/,
    ],
    [
      'more than it says',
      npyOf('<f4', [3], Buffer.alloc(13)),
      /needs 12 bytes of data, got 13 \(bytes too many\)/,
    ],
    ['a bad boolean', npyOf('|b1', [2], Buffer.of(1, 2)), /a boolean must be 0 or 1, got 2 at 1$/],
    [
      'a cut header',
      npyOf('<f4', [3], Buffer.alloc(12)).subarray(0, 60),
      /the header says it ends at byte 128/,
    ],
    [
      'version 4',
      npyOf('<f4', [3], Buffer.alloc(12), { version: 4 }),
      /expected format version 1, 2 or 3, got 4/,
    ],
    [
      'a huge shape',
      npyOf('<f8', [2 ** 40, 2 ** 40], Buffer.alloc(8)),
      /needs \S+ bytes of data, got 8 \(truncated\)/,
    ],
    [
      '65 dimensions',
      npyOf('|u1', Array(65).fill(1), Buffer.alloc(1)),
      /65 dimensions, more than NumPy's 64/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'FILE')).toThrow(/^readNpy: FILE: /);
    expect(() => parseNpy(bytes, 'FILE')).toThrow(message);
  });
});

describe('reading .npz', () => {
  const one = { name: 'x.npy', content: npyOf('|u1', [2], Buffer.of(1, 2)) };
  const two = { name: 'y.npy', content: npyOf('<i2', [1], Buffer.of(3, 0)), stored: true };

  it('all arrays or the named ones, packed or stored', async () => {
    const archive = zipOf([one, two, { name: 'README', content: 'text' }]);
    expect(await readNpz(archive)).toEqual({
      x: { shape: [2], dtype: 'u1', data: Uint8Array.of(1, 2) },
      y: { shape: [1], dtype: 'i2', data: Int16Array.of(3) },
    });
    expect(Object.keys(await readNpz(archive, ['y']))).toEqual(['y']);
  });

  it('refuses a name that is not there, one that is there twice, and bad arrays by name', async () => {
    await expect(readNpz(zipOf([one, two]), ['z'], 'FILE')).rejects.toThrow(
      /^readNpz: FILE has no array "z" \(it has x, y\)$/,
    );
    await expect(readNpz(zipOf([one, one]), undefined, 'FILE')).rejects.toThrow(
      /^readNpz: FILE holds "x" twice$/,
    );
    const bad = zipOf([{ ...one, content: 'not numpy' }]);
    await expect(readNpz(bad, undefined, 'FILE')).rejects.toThrow(
      /^readNpy: FILE, array "x": expected a \.npy file/,
    );
  });
});

/** Written by NumPy 2.4.6; the arrays are those of the expectations. */
const own = (name: string) => join(import.meta.dirname, 'numpy', name);

describe("NumPy's own files", () => {
  it('are read', async () => {
    expect(readNpy(own('fortran-big.npy'))).toEqual({
      shape: [2, 3],
      dtype: 'f4',
      data: Float32Array.from(six),
    });
    expect([...readNpy(own('half.npy')).data]).toEqual([2 ** -24, -1.5, 65504]);
    expect(await readNpz(own('packed.npz'))).toEqual({
      x: { shape: [2, 2], dtype: 'i8', data: BigInt64Array.of(0n, 1n, 2n, 3n) },
      ok: { shape: [2], dtype: 'b1', data: Uint8Array.of(1, 0) },
    });
    expect((await readNpz(own('stored.npz'))).x.data).toEqual(Uint16Array.of(0, 1, 2, 3));
  });

  it('are refused where they hold no numbers', () => {
    expect(() => readNpy(own('objects.npy'))).toThrow(/objects\.npy: .*an object array holds pickled Python/);
    expect(() => readNpy(own('text.npy'))).toThrow(/text\.npy: .*got dtype "<U1"/);
  });
});
