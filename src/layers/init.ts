import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** How the state matrix A begins: the real and imaginary part of its M = N/2 kept eigenvalues. */
export type S4dInit = 's4dLin' | 's4dInv' | 's4dReal' | 's4dLegs';

/**
 * Initial eigenvalues, n = 0..M-1 (Gu et al. 2022, arXiv 2206.11893, section 4). To add one: one line.
 *   s4dLin   -1/2 + i pi n
 *   s4dInv   -1/2 + i (N/pi) (N/(2n+1) - 1)
 *   s4dReal  -(n + 1)
 *   s4dLegs  the eigenvalues of HiPPO-LegS's normal part with positive imaginary part, ascending
 */
export const s4dInits: Readonly<Record<S4dInit, (N: number) => { re: number; im: number }[]>> = {
  s4dLin: (N) => modes(N, (n) => ({ re: -0.5, im: Math.PI * n })),
  s4dInv: (N) => modes(N, (n) => ({ re: -0.5, im: (N / Math.PI) * (N / (2 * n + 1) - 1) })),
  s4dReal: (N) => modes(N, (n) => ({ re: -(n + 1), im: 0 })),
  s4dLegs: (N) => legs(N).map((im) => ({ re: -0.5, im })),
};

function modes<T>(N: number, of: (n: number) => T): T[] {
  return Array.from({ length: N / 2 }, (_, n) => of(n));
}

/**
 * HiPPO-LegS plus its rank-one correction is -1/2 I + S with the skew-symmetric
 * S[n][k] = -+ sqrt(n + 1/2) sqrt(k + 1/2) below and above the diagonal: eigenvalues in pairs +-i w.
 */
function legs(N: number): number[] {
  const S = Matrix.zeros(N, N);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < n; k++) {
      const value = Math.sqrt((n + 0.5) * (k + 0.5));
      S.set(n, k, -value);
      S.set(k, n, value);
    }
  }
  const frequencies = new EigenvalueDecomposition(S).imaginaryEigenvalues;
  return frequencies.filter((w) => w > 0).sort((a, b) => a - b);
}
