import { type HostKernel, type HostTensor, zerosLike } from '../operation.js';

/**
 * Gated linear unit: y[r, c] = residual[r, c] + scale[r, c] x[r, c] sigmoid(x[r, H + c]).
 * inputs: x [rows, 2H], scale [n, H], each row for rows/n of x, or absent, residual [rows, H] or absent;
 * output: y [rows, H].
 */
export const forward: HostKernel = ({ x, scale, residual }) => {
  const [rows, width] = x.shape;
  const H = width / 2;
  const y = zerosLike(x.values, rows * H);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < H; c++) {
      const gated = x.values[row * width + c] * sigmoid(x.values[row * width + H + c]);
      y[row * H + c] = (residual?.values[row * H + c] ?? 0) + factorAt(scale, rows, row, c) * gated;
    }
  }
  return [{ values: y, shape: [rows, H] }];
};

/** inputs: those of `forward`, dy0 for y; output: the gradient of x. */
export const backward: HostKernel = ({ x, scale, dy0 }) => {
  const [rows, width] = x.shape;
  const H = width / 2;
  const dx = zerosLike(x.values, x.values.length);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < H; c++) {
      const at = row * width + c;
      const gate = sigmoid(x.values[at + H]);
      const dy = factorAt(scale, rows, row, c) * dy0.values[row * H + c];
      dx[at] = dy * gate;
      dx[at + H] = dy * x.values[at] * gate * (1 - gate);
    }
  }
  return [{ values: dx, shape: x.shape }];
};

function factorAt(scale: HostTensor | undefined, rows: number, row: number, c: number): number {
  if (!scale) return 1;
  const [count, H] = scale.shape;
  return scale.values[Math.floor((row * count) / rows) * H + c];
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
