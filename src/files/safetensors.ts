import { readFileSync } from 'node:fs';
import { unknownName } from '../options.js';
import { widenedBfloat16, widenedHalf } from './half.js';
import { parseHeader, sizeOf } from './safetensors-header.js';
import { writeWhole } from './write-whole.js';

/** The array that holds each element type of the format. `BOOL` is one byte, 0 or 1. */
export interface SafetensorsArrays {
  F64: Float64Array;
  F32: Float32Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  I32: Int32Array;
  U32: Uint32Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

export type SafetensorsDtype = keyof SafetensorsArrays;
export type SafetensorsData = SafetensorsArrays[SafetensorsDtype];

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<SafetensorsDtype, unknown>;

export interface SafetensorsEntry {
  dtype: SafetensorsDtype;
  shape: readonly number[];
  /** The elements in row-major order. */
  data: SafetensorsData;
}

export interface Safetensors {
  metadata: Record<string, string>;
  tensors: Map<string, SafetensorsEntry>;
}

/**
 * Reads a safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors' bytes.
 * F16 and BF16 come as F32, which holds each of their numbers exactly.
 * Everything the format promises is checked (sizes, offsets without gap or overlap, unique names), so a damaged
 * file is an error and never a wrong number.
 * @throws RangeError  `readSafetensors: FILE, tensor "NAME": what was expected, got what`
 * Format: https://huggingface.co/docs/safetensors
 */
export function readSafetensors(path: string): Safetensors {
  return decodeSafetensors(readFileSync(path), path);
}

/** `readSafetensors` for bytes already in memory; `name` stands for the file in messages. */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const where = `readSafetensors: ${name}`;
  const { metadata, entries, dataStart } = parseHeader(bytes, where, bytesPerElement);
  const tensors = new Map<string, SafetensorsEntry>();
  for (const { name: tensor, dtype, shape, begin, end } of entries) {
    // A copy, because a typed array cannot lie over bytes at an odd position.
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    const half = Object.hasOwn(halves, dtype) ? halves[dtype as keyof typeof halves] : undefined;
    if (half) {
      tensors.set(tensor, { dtype: 'F32', shape, data: half(copy.buffer) });
      continue;
    }
    const data = new arrays[dtype as SafetensorsDtype](copy.buffer);
    if (dtype === 'BOOL') {
      const bad = data.findIndex((value: number | bigint) => value > 1);
      if (bad >= 0) {
        throw new RangeError(
          `${where}, tensor "${tensor}": a BOOL must be 0 or 1, got ${data[bad]} at ${bad}`,
        );
      }
    }
    tensors.set(tensor, { dtype: dtype as SafetensorsDtype, shape, data });
  }
  return { metadata, tensors };
}

/**
 * Writes a safetensors file whole or not at all (temporary name, synced, renamed).
 * @param tensors   by name, in the order they are to be listed; `dtype` may be left out where `data` says it
 * @param metadata  text by name
 * @throws TypeError, RangeError  for data that does not fit its dtype or shape, naming the tensor
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Omit<SafetensorsEntry, 'dtype'> & { dtype?: SafetensorsDtype }]>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const where = `writeSafetensors: ${path}`;
  const chunks: Uint8Array[] = [];
  const header = new Map<string, unknown>();
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new TypeError(`${where}: metadata "${key}" must be a string, got ${typeof value}`);
    }
  }
  header.set('__metadata__', metadata);
  let offset = 0;
  // Widest elements first, so that every tensor in the file lies at a multiple of its element size.
  const sorted = [...tensors].sort((a, b) => b[1].data.BYTES_PER_ELEMENT - a[1].data.BYTES_PER_ELEMENT);
  for (const [name, { shape, data, dtype = dtypeOf(where, name, data) }] of sorted) {
    if (header.has(name)) throw new TypeError(`${where}: the name "${name}" is given twice or reserved`);
    if (!(data instanceof arrays[dtype])) {
      throw new TypeError(
        `${where}, tensor "${name}": ${dtype} needs a ${arrays[dtype].name}, got ${data.constructor.name}`,
      );
    }
    const size = sizeOf(shape);
    if (size !== data.length) {
      throw new RangeError(
        `${where}, tensor "${name}": shape [${shape}] needs ${size} elements, got ${data.length}`,
      );
    }
    header.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  // Object.fromEntries defines a name such as "__proto__" as an ordinary key, which assignment would not.
  let text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  text = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeWhole(path, [length, text, ...chunks]);
}

/** Types of 16 bits, which have no array here: each of their numbers is a float32. */
const halves = { F16: widenedHalf, BF16: widenedBfloat16 };

function bytesPerElement(where: string, dtype: string): number {
  if (Object.hasOwn(halves, dtype)) return 2;
  if (/^(F8|F6_|F4$|C64$)/.test(dtype)) {
    throw new RangeError(
      `${where}: ${dtype} numbers are not read, they need the scales of their own code (convert them: tensor.float(), or ` +
        'of quantised weights what their library gives)',
    );
  }
  if (!Object.hasOwn(arrays, dtype)) throw unknownName(where, 'dtype', dtype, Object.keys(arrays));
  return arrays[dtype as SafetensorsDtype].BYTES_PER_ELEMENT;
}

function dtypeOf(where: string, name: string, data: SafetensorsData): SafetensorsDtype {
  for (const [dtype, array] of Object.entries(arrays))
    if (data instanceof array) return dtype as SafetensorsDtype;
  throw new TypeError(`${where}, tensor "${name}": data must be one of the format's typed arrays`);
}
