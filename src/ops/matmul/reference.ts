import { type FloatArray, type HostKernel, rounded, zerosLike } from '../operation.js';

/**
 * y = x w + b. Sums are float64; a row's zeros are skipped, which is where spikes save work.
 * inputs: x [rows, K], w [K, cols], b [cols]; output: y [rows, cols].
 */
export const forward: HostKernel = ({ x, w, b }) => {
  const [rows, K] = x.shape;
  const cols = w.shape[1];
  const y = zerosLike(x.values, rows * cols);
  multiply(x.values, Float64Array.from(w.values), Float64Array.from(b.values), K, y);
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
  const transposed = new Float64Array(K * cols);
  for (let i = 0; i < w.values.length; i++) transposed[(i % cols) * K + Math.floor(i / cols)] = w.values[i];
  multiply(dy0.values, transposed, new Float64Array(K), cols, dx);
  const dw = Array.from({ length: K }, () => new Float64Array(cols));
  const db = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    addScaled(db, dy0.values, row * cols, 1);
    for (let k = 0; k < K; k++) addScaled(dw[k], dy0.values, row * cols, x.values[row * K + k]);
  }
  const dwRows = zerosLike(x.values, K * cols);
  dw.forEach((sums, k) => {
    dwRows.set(sums, k * cols);
  });
  return [
    { values: dx, shape: x.shape },
    { values: dwRows, shape: w.shape },
    { values: rounded(db, x.values), shape: b.shape },
  ];
};

/** y = x w + b for every row of x, of `inner` numbers each. */
function multiply(x: FloatArray, w: Float64Array, b: Float64Array, inner: number, y: FloatArray): void {
  const cols = b.length;
  const sums = new Float64Array(cols);
  for (let row = 0; row * inner < x.length; row++) {
    sums.set(b);
    for (let k = 0; k < inner; k++) addScaled(sums, w, k * cols, x[row * inner + k]);
    y.set(sums, row * cols);
  }
}

/** sums += scale * values[from..], nothing where the scale is zero. */
function addScaled(sums: Float64Array, values: FloatArray, from: number, scale: number): void {
  if (scale === 0) return;
  for (let c = 0; c < sums.length; c++) sums[c] += scale * values[from + c];
}
