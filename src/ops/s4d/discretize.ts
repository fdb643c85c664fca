import type { FloatArray } from '../operation.js';

/** The diagonal state-space model of one channel h, discretised; one entry a mode m, in float64. */
export interface Discretized {
  /** exp(dt A) */
  ABarRe: Float64Array;
  ABarIm: Float64Array;
  /** B (exp(dt A) - 1) / A */
  BBarRe: Float64Array;
  BBarIm: Float64Array;
}

export interface Parameters {
  /** [H] */
  log_dt: FloatArray;
  /** [H, M]; Re A = -exp(log_A_real) */
  log_A_real: FloatArray;
  /** [H, M] */
  A_imag: FloatArray;
  /** [H, M, 2] */
  B: FloatArray;
}

/**
 * Zero-order hold of channel h: ABar = exp(dt A), BBar = B (exp(dt A) - 1) / A with A = -exp(log_A_real) + i A_imag,
 * dt = exp(log_dt). Source: Gu et al. 2022, arXiv 2206.11893.
 */
export function discretize(parameters: Parameters, h: number, M: number): Discretized {
  const out = empty(M);
  for (let m = 0; m < M; m++) {
    const { dt, eRe, eIm, phiRe, phiIm } = mode(parameters, h, m, M);
    const [bRe, bIm] = [parameters.B[2 * (h * M + m)], parameters.B[2 * (h * M + m) + 1]];
    out.ABarRe[m] = eRe;
    out.ABarIm[m] = eIm;
    out.BBarRe[m] = dt * (bRe * phiRe - bIm * phiIm);
    out.BBarIm[m] = dt * (bRe * phiIm + bIm * phiRe);
  }
  return out;
}

/**
 * The chain rule of `discretize`: adds the gradients of channel h's parameters to `sums`.
 * A gradient of a complex number is dL/dRe + i dL/dIm.
 */
export function discretizeBackward(
  parameters: Parameters,
  h: number,
  M: number,
  gradient: Discretized,
  sums: Parameters,
): void {
  for (let m = 0; m < M; m++) {
    const at = h * M + m;
    const { dt, aRe, aIm, eRe, eIm, phiRe, phiIm, dPhiRe, dPhiIm } = mode(parameters, h, m, M);
    const [bRe, bIm] = [parameters.B[2 * at], parameters.B[2 * at + 1]];
    const [gRe, gIm] = [gradient.BBarRe[m], gradient.BBarIm[m]];
    // BBar = B dt phi(z), z = dt A, phi(z) = (exp(z) - 1) / z
    sums.B[2 * at] += dt * (phiRe * gRe + phiIm * gIm);
    sums.B[2 * at + 1] += dt * (phiRe * gIm - phiIm * gRe);
    const [pRe, pIm] = [bRe * gRe + bIm * gIm, bRe * gIm - bIm * gRe]; // conj(B) g: gradient of dt phi
    const ofDt = phiRe * pRe + phiIm * pIm;
    const [fRe, fIm] = [gradient.ABarRe[m], gradient.ABarIm[m]];
    const zRe = eRe * fRe + eIm * fIm + dt * (dPhiRe * pRe + dPhiIm * pIm);
    const zIm = eRe * fIm - eIm * fRe + dt * (dPhiRe * pIm - dPhiIm * pRe);
    sums.log_dt[h] += dt * (ofDt + aRe * zRe + aIm * zIm);
    sums.log_A_real[at] += aRe * dt * zRe;
    sums.A_imag[at] += dt * zIm;
  }
}

export function empty(M: number): Discretized {
  return {
    ABarRe: new Float64Array(M),
    ABarIm: new Float64Array(M),
    BBarRe: new Float64Array(M),
    BBarIm: new Float64Array(M),
  };
}

/** exp(z), phi(z) = (exp(z) - 1) / z and phi'(z) for z = dt A of one mode. */
function mode({ log_dt, log_A_real, A_imag }: Parameters, h: number, m: number, M: number) {
  const dt = Math.exp(log_dt[h]);
  const aRe = -Math.exp(log_A_real[h * M + m]);
  const aIm = A_imag[h * M + m];
  const [x, y] = [dt * aRe, dt * aIm];
  const growth = Math.exp(x);
  const [eRe, eIm] = [growth * Math.cos(y), growth * Math.sin(y)];
  // exp(z) - 1 without cancellation: expm1(x) cos y - 2 sin^2(y/2) + i exp(x) sin y
  const lessOne = Math.expm1(x) * Math.cos(y) - 2 * Math.sin(y / 2) ** 2;
  const [phiRe, phiIm] = divide(lessOne, eIm, x, y);
  const [dPhiRe, dPhiIm] = x * x + y * y < 1e-6 ? dPhiNearZero(x, y) : divide(eRe - phiRe, eIm - phiIm, x, y);
  return { dt, aRe, aIm, eRe, eIm, phiRe, phiIm, dPhiRe, dPhiIm };
}

/** phi'(z) = 1/2 + z/3 + z^2/8 + z^3/30 + …, where (exp(z) - phi(z)) / z would cancel. */
function dPhiNearZero(x: number, y: number): [number, number] {
  let [re, im] = [1 / 30, 0];
  for (const coefficient of [1 / 8, 1 / 3, 1 / 2])
    [re, im] = [coefficient + re * x - im * y, re * y + im * x];
  return [re, im];
}

function divide(aRe: number, aIm: number, bRe: number, bIm: number): [number, number] {
  const norm = bRe * bRe + bIm * bIm;
  return [(aRe * bRe + aIm * bIm) / norm, (aIm * bRe - aRe * bIm) / norm];
}
