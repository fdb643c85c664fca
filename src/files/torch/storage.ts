import { widenedBfloat16, widenedHalf } from '../half.js';
import type { SafetensorsData, SafetensorsDtype, SafetensorsEntry } from '../safetensors.js';
import { sizeOf } from '../safetensors-header.js';
import { type StorageRef, storageKinds, type TensorRef } from './globals.js';

/** How each kind of storage becomes an array; 16-bit floats have none and are widened to float32, which is exact. */
const readers: Readonly<
  Record<string, { dtype: SafetensorsDtype; read(bytes: ArrayBuffer): SafetensorsData }>
> = {
  Double: { dtype: 'F64', read: (bytes) => new Float64Array(bytes) },
  Float: { dtype: 'F32', read: (bytes) => new Float32Array(bytes) },
  Half: { dtype: 'F32', read: widenedHalf },
  BFloat16: { dtype: 'F32', read: widenedBfloat16 },
  Long: { dtype: 'I64', read: (bytes) => new BigInt64Array(bytes) },
  Int: { dtype: 'I32', read: (bytes) => new Int32Array(bytes) },
  Short: { dtype: 'I16', read: (bytes) => new Int16Array(bytes) },
  Char: { dtype: 'I8', read: (bytes) => new Int8Array(bytes) },
  Byte: { dtype: 'U8', read: (bytes) => new Uint8Array(bytes) },
  Bool: { dtype: 'BOOL', read: (bytes) => new Uint8Array(bytes).map((byte) => (byte === 0 ? 0 : 1)) },
};

/**
 * Makes arrays of a file's tensors. Tensors that lie whole in their storage share its array, so a file of many views of
 * one storage takes no more memory than the storage.
 * @param records  the file's records by name: storages are `data/KEY`
 */
export function tensorReader(
  records: ReadonlyMap<string, Uint8Array>,
): (tensor: TensorRef) => SafetensorsEntry {
  const read = new Map<string, SafetensorsData>();
  const held = [...records.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  // What is not laid out in order must be copied; real files have few of those.
  let budget = 16 * held;
  const storage = (ref: StorageRef): SafetensorsData => {
    const name = `${ref.kind} ${ref.key}`;
    const array = read.get(name) ?? storageArray(ref, records);
    read.set(name, array);
    return array;
  };
  return ({ storage: ref, offset, shape, strides }) => {
    const data = storage(ref);
    const { dtype } = readers[ref.kind];
    const size = sizeOf(shape);
    // Also not a number, where endless times nothing: no budget would hold such a size.
    if (!Number.isSafeInteger(size)) throw new RangeError(`a tensor [${shape}] has too many elements`);
    const furthest = size === 0 ? -1 : offset + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i], 0);
    if (!(furthest < data.length)) {
      throw new RangeError(`a tensor [${shape}] reaches element ${furthest} of a storage of ${data.length}`);
    }
    if (isInOrder(shape, strides)) {
      return { dtype, shape: [...shape], data: data.subarray(offset, offset + size) };
    }
    budget -= size * data.BYTES_PER_ELEMENT;
    if (budget < 0) {
      throw new RangeError(
        'its tensors repeat the numbers of the file many times over (expanded tensors; call .contiguous() before saving)',
      );
    }
    return { dtype, shape: [...shape], data: gathered(data, offset, shape, strides, size) };
  };
}

function storageArray(
  { key, kind, size }: StorageRef,
  records: ReadonlyMap<string, Uint8Array>,
): SafetensorsData {
  const bytes = records.get(`data/${key}`);
  if (!bytes) throw new RangeError(`there is no record data/${key}`);
  const width = storageKinds[kind];
  if (bytes.length !== size * width) {
    throw new RangeError(
      `data/${key} must hold ${size} elements of ${width} bytes, it holds ${bytes.length} bytes`,
    );
  }
  // A copy, because a typed array cannot lie over bytes at an odd position.
  return readers[kind].read(new Uint8Array(bytes).buffer);
}

/** Whether the elements lie one after the other, the last axis innermost. */
function isInOrder(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return sizeOf(shape) === 0;
    step *= shape[i];
  }
  return true;
}

function gathered(
  data: SafetensorsData,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): SafetensorsData {
  const result = data.slice(0, 0).constructor as new (length: number) => SafetensorsData;
  const copy = new result(size);
  const place = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < size; i++) {
    copy[i] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++place[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return copy;
}
