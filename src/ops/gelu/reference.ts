import { type HostKernel, type HostTensor, zerosLike } from '../operation.js';

/** inputs: x [batch, L, H], scale [batch, H] or absent; output: y = scale x Phi(x) of the shape of x. */
export const forward: HostKernel = ({ x, scale }) => {
  const y = zerosLike(x.values, x.values.length);
  for (let i = 0; i < y.length; i++) y[i] = factorAt(scale, x, i) * x.values[i] * normalShare(x.values[i]);
  return [{ values: y, shape: x.shape }];
};

/** inputs: those of `forward`, dy0 for y; output: the gradient of x, scale dy (Phi(x) + x phi(x)). */
export const backward: HostKernel = ({ x, scale, dy0 }) => {
  const dx = zerosLike(x.values, x.values.length);
  for (let i = 0; i < dx.length; i++) {
    const at = x.values[i];
    const density = Math.exp(-0.5 * at * at) / Math.sqrt(2 * Math.PI);
    dx[i] = factorAt(scale, x, i) * dy0.values[i] * (normalShare(at) + at * density);
  }
  return [{ values: dx, shape: x.shape }];
};

/** The entry of scale [batch, H] for element `at` of x [batch, L, H]; 1 where there is no scale. */
function factorAt(scale: HostTensor | undefined, { shape: [, L, H] }: HostTensor, at: number): number {
  return scale ? scale.values[Math.floor(at / (L * H)) * H + (at % H)] : 1;
}

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
