import { addon } from '../../backend/native/addon.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

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
      /** Not 0: every number of A is 0 or this one. */
      unit: number,
      A: Float32Array,
      B: Float32Array,
      bias: Float32Array | null,
      C: Float32Array,
      /** Sums of B's columns, where B is [K, N] and there is one pair. */
      columnSums?: Float32Array,
    ): void;
    /** Whether dense products are done by a tile unit (AMX), several times faster than in vectors. */
    hasTiles(): boolean;
    /** out [cols, rows] = x^T */
    transpose(rows: number, cols: number, x: Float32Array, out: Float32Array): void;
  }
}

/** As the reference, in float32. */
export const forward: HostKernel = ({ x, w, b }) => [product(x, w, b)];

export const backward: HostKernel = ({ x, w, b, dy0 }) => [
  inputGradient(dy0, w),
  ...weightGradients(x, w, b, dy0),
];

/** x w + b. `unit`: what every non-zero of x is, where they are all the same number. */
export function product(x: HostTensor, w: HostTensor, b: HostTensor, unit = 0): HostTensor {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y = blank([rows, cols]);
  addon().matmul(rows, cols, K, false, false, 1, 1, 1, unit, floats(x), floats(w), floats(b), floats(y));
  return y;
}

/** dy w^T */
export function inputGradient(dy: HostTensor, w: HostTensor): HostTensor {
  const [rows, cols] = dy.shape;
  const K = w.shape[0];
  const dx = blank([rows, K]);
  addon().matmul(rows, K, cols, false, true, 1, 1, 1, 0, floats(dy), floats(w), null, floats(dx));
  return dx;
}

/** x^T dy, and the column sums of dy; `unit` as for `product`. */
export function weightGradients(
  x: HostTensor,
  w: HostTensor,
  b: HostTensor,
  dy: HostTensor,
  unit = 0,
): [dw: HostTensor, db: HostTensor] {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const [dw, db] = [like(w), like(b)];
  const [given, gradient] = [floats(x), floats(dy)];
  addon().matmul(K, cols, rows, true, false, 1, 1, 1, unit, given, gradient, null, floats(dw), floats(db));
  return [dw, db];
}
