import { addon } from '../../backend/native/addon.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

/** As the reference, in float32. */
export const forward: HostKernel = ({ x, w, b }) => {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y: HostTensor = blank([rows, cols]);
  addon().matmul(rows, cols, K, false, false, 1, 1, 1, floats(x), floats(w), floats(b), floats(y));
  return [y];
};

export const backward: HostKernel = ({ x, w, b, dy0 }) => {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const [dx, dw] = [inputGradient(dy0, w), like(w)];
  addon().matmul(K, cols, rows, true, false, 1, 1, 1, floats(x), floats(dy0), null, floats(dw));
  return [dx, dw, columnSums(dy0, b)];
};

/** dy w^T */
export function inputGradient(dy: HostTensor, w: HostTensor): HostTensor {
  const [rows, cols] = dy.shape;
  const K = w.shape[0];
  const dx: HostTensor = blank([rows, K]);
  addon().matmul(rows, K, cols, false, true, 1, 1, 1, floats(dy), floats(w), null, floats(dx));
  return dx;
}

function columnSums(dy: HostTensor, b: HostTensor): HostTensor {
  const [rows, cols] = dy.shape;
  const [sums, ones] = [like(b), new Float32Array(rows).fill(1)];
  addon().matmul(1, cols, rows, false, false, 1, 1, 1, ones, floats(dy), null, floats(sums));
  return sums;
}
