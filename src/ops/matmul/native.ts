import { addon } from '../../backend/native/addon.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** C [batches, M, N] = op(A) op(B) + bias; one matrix on a side serves all on the other. */
    matmul(
      M: number,
      N: number,
      K: number,
      transposeA: boolean,
      transposeB: boolean,
      batches: number,
      batchesOfA: number,
      batchesOfB: number,
      A: Float32Array,
      B: Float32Array,
      bias: Float32Array | null,
      C: Float32Array,
      /** Sums of B's columns, where B is [K, N] and there is one pair. */
      columnSums?: Float32Array,
    ): void;
    /** Whether products are done by a tile unit (AMX), several times faster than in vectors. */
    hasTiles(): boolean;
    /** out [cols, rows] = x^T */
    transpose(rows: number, cols: number, x: Float32Array, out: Float32Array): void;
  }
}

type Sizes = [rows: number, K: number, cols: number];

/**
 * The affine map as the reference has it, in float32.
 * @param product  writes y = x w + b
 * @param weights  writes dw = x^T dy and db, the column sums of dy
 */
export function affineForm(
  product: (...given: [...Sizes, x: Float32Array, w: Float32Array, b: Float32Array, y: Float32Array]) => void,
  weights: (
    ...given: [...Sizes, x: Float32Array, dy: Float32Array, dw: Float32Array, db: Float32Array]
  ) => void,
): { forward: HostKernel; backward: HostKernel } {
  return {
    forward: ({ x, w, b }) => {
      const [rows, K, cols] = [...x.shape, w.shape[1]];
      const y = blank([rows, cols]);
      product(rows, K, cols, floats(x), floats(w), floats(b), floats(y));
      return [y];
    },
    backward: ({ x, w, b, dy0 }) => {
      const [rows, K, cols] = [...x.shape, w.shape[1]];
      const [dx, dw, db] = [like(x), like(w), like(b)];
      const dy = floats(dy0);
      addon().matmul(rows, K, cols, false, true, 1, 1, 1, dy, floats(w), null, floats(dx));
      weights(rows, K, cols, floats(x), dy, floats(dw), floats(db));
      return [dx, dw, db];
    },
  };
}

export const form: { forward: HostKernel; backward: HostKernel } = affineForm(
  (rows, K, cols, x, w, b, y) => addon().matmul(rows, cols, K, false, false, 1, 1, 1, x, w, b, y),
  (rows, K, cols, x, dy, dw, db) => addon().matmul(K, cols, rows, true, false, 1, 1, 1, x, dy, null, dw, db),
);
