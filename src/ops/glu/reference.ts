import { type HostKernel, zerosLike } from '../operation.js';

/**
 * Gated linear unit: y[r, c] = x[r, c] sigmoid(x[r, H + c]).
 * input: x [rows, 2H]; output: y [rows, H].
 */
export const forward: HostKernel = ({ x }) => {
  const [rows, width] = x.shape;
  const H = width / 2;
  const y = zerosLike(x.values, rows * H);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < H; c++)
      y[row * H + c] = x.values[row * width + c] * sigmoid(x.values[row * width + H + c]);
  }
  return [{ values: y, shape: [rows, H] }];
};

/** inputs: x, and dy0 for y; output: the gradient of x. */
export const backward: HostKernel = ({ x, dy0 }) => {
  const [rows, width] = x.shape;
  const H = width / 2;
  const dx = zerosLike(x.values, x.values.length);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < H; c++) {
      const at = row * width + c;
      const gate = sigmoid(x.values[at + H]);
      const dy = dy0.values[row * H + c];
      dx[at] = dy * gate;
      dx[at + H] = dy * x.values[at] * gate * (1 - gate);
    }
  }
  return [{ values: dx, shape: x.shape }];
};

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
