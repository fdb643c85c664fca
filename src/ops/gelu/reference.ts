import { type HostKernel, zerosLike } from '../operation.js';

/** input: x of any shape; output: y = x Phi(x) of the same shape. */
export const forward: HostKernel = ({ x }) => {
  const y = zerosLike(x.values, x.values.length);
  for (let i = 0; i < y.length; i++) y[i] = x.values[i] * normalShare(x.values[i]);
  return [{ values: y, shape: x.shape }];
};

/** inputs: that of `forward`, dy0 for y; output: the gradient of x, dy (Phi(x) + x phi(x)). */
export const backward: HostKernel = ({ x, dy0 }) => {
  const dx = zerosLike(x.values, x.values.length);
  for (let i = 0; i < dx.length; i++) {
    const at = x.values[i];
    const density = Math.exp(-0.5 * at * at) / Math.sqrt(2 * Math.PI);
    dx[i] = dy0.values[i] * (normalShare(at) + at * density);
  }
  return [{ values: dx, shape: x.shape }];
};

/**
 * Phi(x) = (1 + erf(x / sqrt 2)) / 2, to 8e-8.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
 */
function normalShare(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * polynomial * Math.exp(-z * z);
  return x < 0 ? tail : 1 - tail;
}
