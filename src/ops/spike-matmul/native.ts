import { addon } from '../../backend/native/addon.js';
import * as dense from '../matmul/native.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

/**
 * Share of non-zeros below which adding up rows of w beats the dense product: measured (test/bench/NOTES.md) on
 * [16384, 256] x [256, 512].
 */
const SPARSE_BELOW = 0.3;

/** As the reference, in float32; by non-zeros or dense, whichever the rate of this input makes faster. */
export const forward: HostKernel = (inputs) => {
  const { x, w, b } = inputs;
  if (!isSparse(x)) return dense.forward(inputs, {});
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y: HostTensor = blank([rows, cols]);
  addon().sparseForward(rows, K, cols, floats(x), floats(w), floats(b), floats(y));
  return [y];
};

export const backward: HostKernel = (inputs) => {
  const { x, w, b, dy0 } = inputs;
  if (!isSparse(x)) return dense.backward(inputs, {});
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const [dw, db] = [like(w), like(b)];
  addon().sparseWeights(rows, K, cols, floats(x), floats(dy0), floats(dw), floats(db));
  return [dense.inputGradient(dy0, w), dw, db];
};

/** Measured on evenly spread rows, at most 64 of them. */
function isSparse({ values, shape: [rows, K] }: HostTensor): boolean {
  const every = Math.ceil(rows / 64);
  let [seen, nonZero] = [0, 0];
  for (let row = 0; row < rows; row += every) {
    for (let at = row * K; at < (row + 1) * K; at++) if (values[at] !== 0) nonZero++;
    seen += K;
  }
  return nonZero < SPARSE_BELOW * seen;
}
