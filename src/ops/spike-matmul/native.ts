import { addon } from '../../backend/native/addon.js';
import * as dense from '../matmul/native.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** @returns share of non-zeros, and the number that all of them are, or 0 */
    inspectSpikes(size: number, S: Float32Array): [rate: number, unit: number];
    /** y = S W + bias by the non-zeros of S. */
    sparseForward(
      rows: number,
      K: number,
      cols: number,
      S: Float32Array,
      W: Float32Array,
      bias: Float32Array,
      y: Float32Array,
    ): void;
    /** dW = S^T dY by the non-zeros of S, and db. */
    sparseWeights(
      rows: number,
      K: number,
      cols: number,
      S: Float32Array,
      dY: Float32Array,
      dW: Float32Array,
      db: Float32Array,
    ): void;
  }
}

/**
 * Share of non-zeros below which adding up by them beats the dense product: measured (test/bench/NOTES.md) on
 * [16384, 256] x [256, 512] and [7840, 400] x [400, 800]. A tile unit needs only a third of its products for spikes.
 */
const SPARSE_BELOW = {
  vectors: { forward: 0.3, weights: 0.3 },
  tiles: { forward: 0.1, weights: 0.05 },
};

/** As the reference, in float32; by non-zeros or dense, whichever the rate of this input makes faster. */
export const forward: HostKernel = ({ x, w, b }) => {
  const { sparse, unit } = formOf(x, 'forward');
  if (!sparse) return [dense.product(x, w, b, unit)];
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y = blank([rows, cols]);
  addon().sparseForward(rows, K, cols, floats(x), floats(w), floats(b), floats(y));
  return [y];
};

export const backward: HostKernel = ({ x, w, b, dy0 }) => {
  const { sparse, unit } = formOf(x, 'weights');
  const dx = dense.inputGradient(dy0, w);
  if (!sparse) return [dx, ...dense.weightGradients(x, w, b, dy0, unit)];
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const [dw, db] = [like(w), like(b)];
  addon().sparseWeights(rows, K, cols, floats(x), floats(dy0), floats(dw), floats(db));
  return [dx, dw, db];
};

function formOf(x: HostTensor, pass: 'forward' | 'weights'): { sparse: boolean; unit: number } {
  const [rate, unit] = addon().inspectSpikes(x.values.length, floats(x));
  return { sparse: rate < SPARSE_BELOW[addon().hasTiles() && unit !== 0 ? 'tiles' : 'vectors'][pass], unit };
}
