import { readFileSync } from 'node:fs';
import { widenedHalf } from './half.js';

export type NpyData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

export interface NpyArray {
  shape: number[];
  /** NumPy's name of the element type without byte order: `f4`, `i8`, `u1`, `b1` … */
  dtype: string;
  /** The elements in row-major (C) order; `b1` as 0 and 1, `f2` widened to float32. */
  data: NpyData;
}

/** The element types: bytes each, the array that holds them. */
const types: Record<string, { width: number; of: (bytes: ArrayBuffer) => NpyData }> = {
  b1: { width: 1, of: (bytes) => new Uint8Array(bytes) },
  i1: { width: 1, of: (bytes) => new Int8Array(bytes) },
  u1: { width: 1, of: (bytes) => new Uint8Array(bytes) },
  i2: { width: 2, of: (bytes) => new Int16Array(bytes) },
  u2: { width: 2, of: (bytes) => new Uint16Array(bytes) },
  i4: { width: 4, of: (bytes) => new Int32Array(bytes) },
  u4: { width: 4, of: (bytes) => new Uint32Array(bytes) },
  i8: { width: 8, of: (bytes) => new BigInt64Array(bytes) },
  u8: { width: 8, of: (bytes) => new BigUint64Array(bytes) },
  f2: { width: 2, of: widenedHalf },
  f4: { width: 4, of: (bytes) => new Float32Array(bytes) },
  f8: { width: 8, of: (bytes) => new Float64Array(bytes) },
};

const mostDimensions = 64;

/** A sound array whose elements are no numbers. */
export class OtherKindError extends RangeError {}

/** Reads a .npy file. @throws RangeError  naming the file, and what was expected and found */
export function readNpy(path: string): NpyArray {
  return parseNpy(readFileSync(path), path);
}

/**
 * Parses the NPY format, versions 1 to 3: header, then the elements in C or Fortran order, in either byte order.
 * @param name  stands for the file in messages
 * @throws RangeError  `readNpy: NAME: …`; object arrays hold pickled Python and are refused
 * Format: numpy.lib.format.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const fail = (what: string) => new RangeError(`readNpy: ${name}: ${what}`);
  const { header, start } = readHeader(bytes, fail);
  const { descr, fortran, shape } = parseHeader(header, fail);
  const [order, dtype] = [descr[0], descr.slice(1)];
  const type = Object.hasOwn(types, dtype) && '<>|='.includes(order) ? types[dtype] : undefined;
  if (!type) {
    throw new OtherKindError(
      `readNpy: ${name}: expected numbers or booleans (${Object.keys(types).join(' ')}), got dtype "${descr}"${remedyFor(descr)}`,
    );
  }
  const size = shape.reduce((product, n) => product * n, 1);
  const [needed, held] = [size * type.width, bytes.length - start];
  if (needed !== held) {
    const what = held < needed ? 'truncated' : 'bytes too many';
    throw fail(`shape [${shape}] of ${dtype} needs ${needed} bytes of data, got ${held} (${what})`);
  }
  // A copy, because a typed array cannot lie over bytes at an odd position.
  const copy = new Uint8Array(bytes.subarray(start));
  if (order === '>') swapBytes(copy, type.width);
  const data = type.of(copy.buffer);
  if (dtype === 'b1') {
    const bad = (data as Uint8Array).findIndex((value) => value > 1);
    if (bad >= 0) throw fail(`a boolean must be 0 or 1, got ${data[bad]} at ${bad}`);
  }
  return { shape, dtype, data: fortran && shape.length > 1 ? toRowMajor(data, shape) : data };
}

/** What to save instead of an array of another kind. */
function remedyFor(descr: string): string {
  const kind = descr.replace(/^[<>|=]/, '')[0];
  switch (kind) {
    case 'O':
      return (
        ": an object array holds pickled Python, which is not read (rows of one length: np.stack(list(x)).astype('float32'); " +
        'of several: a file a row, or np.savez with an array a row)'
      );
    case 'c':
      return ": complex numbers (save real and imaginary parts as two channels: np.stack([x.real, x.imag], axis=-1).astype('float32'))";
    case 'U':
    case 'S':
      return ': text (save the number of each class: names, y = np.unique(x, return_inverse=True))';
    case 'M':
    case 'm':
      return ": times (save them as numbers: (x - x[0]) / np.timedelta64(1, 's'))";
    default:
      return " (save it with x.astype('float32'))";
  }
}

function readHeader(bytes: Uint8Array, fail: (what: string) => Error): { header: string; start: number } {
  const magic = Buffer.from(bytes.subarray(0, 6)).toString('latin1');
  if (magic !== '\x93NUMPY')
    throw fail(`expected a .npy file (first bytes \\x93NUMPY), got ${JSON.stringify(magic)}`);
  const version = bytes[6];
  const head = version === 1 ? 10 : 12;
  if (bytes.length < head) throw fail(`expected a header, got ${bytes.length} bytes (truncated)`);
  if (version < 1 || version > 3) throw fail(`expected format version 1, 2 or 3, got ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = head + length;
  if (start > bytes.length)
    throw fail(`the header says it ends at byte ${start}, the file has ${bytes.length}`);
  return { header: Buffer.from(bytes.subarray(head, start)).toString('utf8'), start };
}

/** The header is a Python dictionary of three entries. */
function parseHeader(
  header: string,
  fail: (what: string) => Error,
): { descr: string; fortran: boolean; shape: number[] } {
  const found = new Map<string, string>();
  const rest = header.replace(
    /'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d,\sL]*\))\s*,?/g,
    (_, key: string, value: string) => {
      if (found.has(key)) throw fail(`the header has "${key}" twice`);
      found.set(key, value);
      return '';
    },
  );
  if (/'descr'\s*:\s*\[/.test(rest)) {
    throw new OtherKindError(
      fail('a structured array has named fields; expected one of numbers (save the fields one by one)')
        .message,
    );
  }
  const descr = /^'(.*)'$/.exec(found.get('descr') ?? '')?.[1];
  const order = found.get('fortran_order');
  const sizes = /^\((.*)\)$/s.exec(found.get('shape') ?? '')?.[1];
  const complete = descr !== undefined && sizes !== undefined && (order === 'True' || order === 'False');
  if (!complete || !/^\s*\{\s*\}\s*$/.test(rest)) {
    throw fail(
      `expected a header with descr, fortran_order and shape, got ${JSON.stringify(header.slice(0, 200))}`,
    );
  }
  const parts = sizes.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  if (!shape.every((n) => Number.isSafeInteger(n)))
    throw fail(`the shape (${sizes}) is not a list of whole numbers`);
  if (shape.length > mostDimensions)
    throw fail(`${shape.length} dimensions, more than NumPy's ${mostDimensions}`);
  return { descr, fortran: order === 'True', shape };
}

function swapBytes(bytes: Uint8Array, width: number): void {
  if (width > 1) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** From first index fastest to last index fastest. */
function toRowMajor(data: NpyData, shape: readonly number[]): NpyData {
  const result = data.slice();
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
