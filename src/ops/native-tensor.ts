import { allocate } from '../backend/native/memory.js';
import type { HostTensor } from './operation.js';

/** A tensor for a native form to fill, every element of it. */
export function blank(shape: number[]): HostTensor {
  return { shape, values: allocate(shape.reduce((product, n) => product * n, 1)) };
}

/** The same, of the shape of another. */
export function like({ shape }: HostTensor): HostTensor {
  return blank(shape);
}

/**
 * The values of a tensor for the addon, which knows float32 alone. tfjs casts a boolean to float32 without touching
 * its bytes; those are copied.
 */
export function floats({ values }: HostTensor): Float32Array {
  if (values instanceof Float32Array) return values;
  const given: unknown = values;
  if (given instanceof Uint8Array) return Float32Array.from(given);
  throw new TypeError(`native: tensors must be float32, got ${values.constructor.name}`);
}

/** The values of an int32 tensor, whose array the host's types know as floats like all others. */
export function integers({ values }: HostTensor): Int32Array {
  const given: unknown = values;
  if (given instanceof Int32Array) return given;
  throw new TypeError(`native: token numbers must be int32, got ${values.constructor.name}`);
}
