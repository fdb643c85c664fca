import { addon } from '../../backend/native/addon.js';
import { floats, like } from '../native-tensor.js';
import type { HostTensor } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** out [outer, middle, inner] = a + b, a - b or a * b (0, 1, 2); strides are 0 where an operand is repeated. */
    binary(
      operation: number,
      ...given: [
        ...sizes: [number, number, number],
        ...aStrides: [number, number, number],
        ...bStrides: [number, number, number],
        a: Float32Array,
        b: Float32Array,
        out: Float32Array,
      ]
    ): void;
  }
}

/** a * b of one shape, element by element. */
export function multiply(a: HostTensor, b: HostTensor): HostTensor {
  const product = like(a);
  const count = product.values.length;
  if (count > 0) addon().binary(2, 1, 1, count, 0, 0, 1, 0, 0, 1, floats(a), floats(b), floats(product));
  return product;
}
