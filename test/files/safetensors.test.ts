import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  readSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from '../../src/files/safetensors.js';
import { random } from '../../src/random.js';

const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bytes of a file with the given header text and data, whether they make sense or not. */
function file(header: string | object, data = 0, claimedLength?: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimedLength ?? text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('writing and reading back', () => {
  it('keeps every dtype, shape, name and metadata text', () => {
    const path = join(folder, 'all.safetensors');
    const tensors: [string, SafetensorsEntry][] = [
      ['flags', { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ['bytes', { dtype: 'U8', shape: [5], data: Uint8Array.of(0, 1, 2, 254, 255) }],
      ['i8', { dtype: 'I8', shape: [1], data: Int8Array.of(-128) }],
      ['i16', { dtype: 'I16', shape: [1], data: Int16Array.of(-32768) }],
      ['u16', { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) }],
      ['i32', { dtype: 'I32', shape: [1, 1], data: Int32Array.of(-(2 ** 31)) }],
      ['u32', { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
      ['i64', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 1n) }],
      ['u64', { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
      ['scalar', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
      ['empty', { dtype: 'F32', shape: [2, 0, 3], data: new Float32Array(0) }],
      [
        'model.0."quoted" \\ ü.weight',
        { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, Number.NaN, -0, Infinity) },
      ],
      ['__proto__', { dtype: 'F32', shape: [1], data: Float32Array.of(7) }],
    ];
    writeSafetensors(path, tensors, { note: 'line\nbreak "x" ü', empty: '' });
    const back = readSafetensors(path);
    expect(back.metadata).toEqual({ note: 'line\nbreak "x" ü', empty: '' });
    expect([...back.tensors.keys()].sort()).toEqual(tensors.map(([name]) => name).sort());
    for (const [name, tensor] of tensors) expect(back.tensors.get(name)).toEqual(tensor);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('places every tensor at a multiple of its element size', () => {
    const path = join(folder, 'aligned.safetensors');
    writeSafetensors(path, [
      ['a', { shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['b', { shape: [1], data: Float64Array.of(2) }],
      ['c', { shape: [1], data: Float32Array.of(3) }],
    ]);
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    expect(length % 8).toBe(0);
    expect(header.b.data_offsets).toEqual([0, 8]);
    expect(header.c.data_offsets).toEqual([8, 12]);
    expect(header.a.data_offsets).toEqual([12, 15]);
  });

  it('reads tensors that lie at odd positions', () => {
    const bytes = file({ a: entry('U8', [1], 0, 1), b: entry('F32', [1], 1, 5) }, 5);
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 4, 1.5, true);
    expect(decodeSafetensors(bytes, 'odd').tensors.get('b')?.data).toEqual(Float32Array.of(1.5));
  });

  it('reads the float64 golden files, written by another program', () => {
    const golden = readSafetensors(join(import.meta.dirname, '../golden/train-sdn-nonorm.safetensors'));
    expect(golden.metadata.steps).toBe('10');
    const x = golden.tensors.get('x');
    expect(x?.dtype).toBe('F64');
    expect(x?.shape).toEqual([4, 48, 3]);
    const losses = golden.tensors.get('losses')?.data as Float64Array;
    expect(losses.length).toBe(10);
    for (const loss of losses) expect(loss).toBeGreaterThan(0.5);
    for (const loss of losses) expect(loss).toBeLessThan(5);
  });

  it('leaves the old file as it was when writing fails', () => {
    const path = join(folder, 'kept.safetensors');
    writeSafetensors(path, [['a', { shape: [1], data: Float32Array.of(1) }]]);
    expect(() => writeSafetensors(path, [['a', { shape: [2], data: Float32Array.of(1) }]])).toThrow();
    expect(readSafetensors(path).tensors.get('a')?.data).toEqual(Float32Array.of(1));
  });
});

describe('refusing what is not a whole, valid file', () => {
  const valid = { a: entry('F32', [2], 0, 8) };
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /^readSafetensors: FILE: .*at least 8 bytes, got 0/],
    ['a header longer than the file', file(valid, 8, 5000), /header says it has 5000 bytes, the file holds/],
    [
      'an absurd header length',
      file(valid, 8, Number.MAX_SAFE_INTEGER),
      /truncated, or not a safetensors file/,
    ],
    ['text that is not JSON', file('{"a":'), /header is not valid JSON/],
    ['bytes that are not UTF-8', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /header is not valid JSON/],
    ['JSON that is no object', file('[1]'), /header must be a JSON object/],
    ['a header that begins with a space', file(' {}'), /header must be a JSON object/],
    [
      'data cut short',
      file(valid, 7),
      /FILE, tensor "a": ends at byte 8, the file holds 7 bytes of data \(truncated\)/,
    ],
    ['data left over', file(valid, 9), /tensors end at byte 8, the file holds 9/],
    [
      'a gap',
      file({ a: entry('U8', [1], 0, 1), b: entry('U8', [1], 2, 3) }, 3),
      /tensor "b": must begin at byte 1, got 2 \(leaves a gap/,
    ],
    [
      'an overlap',
      file({ a: entry('U8', [2], 0, 2), b: entry('U8', [2], 1, 3) }, 3),
      /tensor "b": must begin at byte 2, got 1 \(overlaps/,
    ],
    [
      'the same bytes twice',
      file({ a: entry('U8', [2], 0, 2), b: entry('U8', [2], 0, 2) }, 2),
      /tensor "b": .*overlaps/,
    ],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /name "a" stands twice/,
    ],
    [
      'a field twice',
      file('{"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'),
      /name "dtype" stands twice/,
    ],
    [
      'an unknown dtype',
      file({ a: entry('F33', [2], 0, 8) }, 8),
      /FILE, tensor "a": unknown dtype "F33" \(did you mean "F32"/,
    ],
    [
      'a size that does not fit the dtype',
      file({ a: entry('F64', [2], 0, 8) }, 8),
      /tensor "a": F64 \[2\] needs 16 bytes, data_offsets span 8/,
    ],
    [
      'a size beyond whole numbers',
      file({ a: entry('F64', [2 ** 52, 2 ** 52], 0, 8) }, 8),
      /tensor "a": F64 .* needs/,
    ],
    [
      'a negative shape',
      file({ a: entry('F32', [-2], 0, 8) }, 8),
      /shape must be a list of whole numbers, got \[-2\]/,
    ],
    [
      'a fractional offset',
      file({ a: entry('U8', [1], 0.5, 1.5) }, 2),
      /data_offsets must be \[begin, end\], got \[0.5,1.5\]/,
    ],
    ['offsets the wrong way round', file({ a: entry('F32', [2], 8, 0) }, 8), /data_offsets must be/],
    ['an entry that is no object', file({ a: 3 }), /tensor "a": expected an object, got 3/],
    [
      'a missing dtype',
      file({ a: { shape: [], data_offsets: [0, 1] } }, 1),
      /tensor "a": dtype must be a string/,
    ],
    ['metadata that is not text', file({ __metadata__: { n: 1 } }), /metadata "n" must be a string, got 1/],
  ];
  it.each(cases)('%s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'FILE')).toThrow(message);
  });

  it('a BOOL that is neither 0 nor 1', () => {
    const bytes = file({ a: entry('BOOL', [2], 0, 2) }, 2);
    bytes[bytes.length - 1] = 2;
    expect(() => decodeSafetensors(bytes, 'FILE')).toThrow(/tensor "a": a BOOL must be 0 or 1, got 2 at 1/);
  });

  it('every truncation of a good file, naming the file', () => {
    const path = join(folder, 'cut.safetensors');
    writeSafetensors(path, [['a', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => readSafetensors(path)).toThrow(/^readSafetensors: .*cut\.safetensors/);
    }
  });
});

it('answers 3,000 damaged files with an error that names the file, or with tensors of the right size', () => {
  const good = readFileSync(join(import.meta.dirname, '../golden/block-sltt.safetensors'));
  const source = random(1);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from(good);
    // Mostly in the header, which is where damage can mislead.
    for (let n = source.integer(1, 4); n > 0; n--) bytes[source.integer(0, 1500)] = source.integer(0, 255);
    try {
      for (const { shape, data } of decodeSafetensors(bytes, 'FILE').tensors.values()) {
        expect(data.length).toBe(shape.reduce((size, n) => size * n, 1));
      }
    } catch (error) {
      expect((error as Error).message).toMatch(/^readSafetensors: FILE/);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1500);
});

describe('refusing to write nonsense', () => {
  const path = join(folder, 'never.safetensors');
  it.each<[string, Parameters<typeof writeSafetensors>[1], RegExp]>([
    [
      'a shape that does not fit',
      [['w', { shape: [2, 2], data: new Float32Array(3) }]],
      /tensor "w": shape \[2,2\] needs 4 elements, got 3/,
    ],
    [
      'a dtype that does not fit',
      [['w', { dtype: 'F64', shape: [3], data: new Float32Array(3) }]],
      /tensor "w": F64 needs a Float64Array, got Float32Array/,
    ],
    [
      'a name twice',
      [
        ['w', { shape: [0], data: new Float32Array(0) }],
        ['w', { shape: [0], data: new Float32Array(0) }],
      ],
      /name "w" is given twice/,
    ],
    [
      'the reserved name',
      [['__metadata__', { shape: [0], data: new Float32Array(0) }]],
      /name "__metadata__" is given twice or reserved/,
    ],
  ])('%s', (_, tensors, message) => {
    expect(() => writeSafetensors(path, tensors)).toThrow(message);
  });
});
