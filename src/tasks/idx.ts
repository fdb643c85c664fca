import { readUnpacked } from '../files/gzip.js';

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface Idx {
  shape: number[];
  /** The elements in row-major order. */
  data: IdxData;
}

/** The format's element types by their code: bytes each, the array that holds them, how to read one. */
const types: Record<
  number,
  { size: number; make(n: number): IdxData; get(view: DataView, at: number): number }
> = {
  8: { size: 1, make: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  9: { size: 1, make: (n) => new Int8Array(n), get: (view, at) => view.getInt8(at) },
  11: { size: 2, make: (n) => new Int16Array(n), get: (view, at) => view.getInt16(at) },
  12: { size: 4, make: (n) => new Int32Array(n), get: (view, at) => view.getInt32(at) },
  13: { size: 4, make: (n) => new Float32Array(n), get: (view, at) => view.getFloat32(at) },
  14: { size: 8, make: (n) => new Float64Array(n), get: (view, at) => view.getFloat64(at) },
};

/** Reads an idx file, gzipped or not. @throws RangeError  naming the file, and what was expected and found */
export function readIdx(path: string): Idx {
  return parseIdx(readUnpacked('readIdx', path), path);
}

/**
 * Parses the idx format: two zero bytes, element type, number of dimensions, each dimension as a big-endian 32-bit
 * number, then the elements, big-endian.
 * @param name  stands for the file in messages
 * Format: LeCun, Cortes, Burges, the MNIST database.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const fail = (what: string) => new RangeError(`readIdx: ${name}: ${what}`);
  if (bytes.length < 4) throw fail(`expected a header of at least 4 bytes, got ${bytes.length} (truncated)`);
  const type = types[bytes[2]];
  if (bytes[0] !== 0 || bytes[1] !== 0 || !type) {
    const magic = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    throw fail(`expected an idx file (first bytes 0000, then a type of 08 to 0e), got ${magic}`);
  }
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw fail(`expected a header of ${start} bytes for ${rank} dimensions, got ${bytes.length} (truncated)`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, n) => product * n, 1);
  const expected = start + size * type.size;
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? 'truncated' : 'bytes too many';
    throw fail(`shape [${shape}] needs ${expected} bytes, got ${bytes.length} (${what})`);
  }
  if (bytes[2] === 8) return { shape, data: bytes.subarray(start) };
  const data = type.make(size);
  for (let i = 0; i < size; i++) data[i] = type.get(view, start + i * type.size);
  return { shape, data };
}
