import { type FloatArray, type HostKernel, rounded, zerosLike } from '../operation.js';

/**
 * y = x w + b. Sums are float64; a row's zeros are skipped, which is where spikes save work.
 * inputs: x [rows, K], w [K, cols], b [cols]; output: y [rows, cols].
 */
export const forward: HostKernel = ({ x, w, b }) => {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y = zerosLike(x.values, rows * cols);
  const sums = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    sums.set(b.values);
    for (let k = 0; k < K; k++) addScaled(sums, w.values, k * cols, x.values[row * K + k]);
    y.set(sums, row * cols);
  }
  return [{ values: y, shape: [rows, cols] }];
};

/**
 * dx = dy w^T, dw = x^T dy (zeros of x skipped), db = sum of the rows of dy.
 * inputs: those of `forward`, dy0 for y; outputs: gradients of x, w, b.
 */
export const backward: HostKernel = ({ x, w, b, dy0 }) => {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const dx = zerosLike(x.values, rows * K);
  const dw = new Float64Array(K * cols);
  const db = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    const dy = dy0.values.subarray(row * cols, (row + 1) * cols);
    for (let c = 0; c < cols; c++) db[c] += dy[c];
    for (let k = 0; k < K; k++) {
      const value = x.values[row * K + k];
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += dy[c] * w.values[k * cols + c];
      dx[row * K + k] = sum;
      if (value !== 0) for (let c = 0; c < cols; c++) dw[k * cols + c] += value * dy[c];
    }
  }
  return [
    { values: dx, shape: x.shape },
    { values: rounded(dw, x.values), shape: w.shape },
    { values: rounded(db, x.values), shape: b.shape },
  ];
};

/** sums += scale * w[from..], nothing where the scale is zero. */
function addScaled(sums: Float64Array, w: FloatArray, from: number, scale: number): void {
  if (scale === 0) return;
  for (let c = 0; c < sums.length; c++) sums[c] += scale * w[from + c];
}
