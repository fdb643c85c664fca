import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { s4dInits } from '../../src/layers/init.js';
import { s4dLayer } from '../../src/layers/s4d.js';
import { random } from '../../src/random.js';
import { expectClose } from '../close.js';

beforeAll(() => useBackend('cpu'));

const parts = (init: keyof typeof s4dInits, N: number) => {
  const modes = s4dInits[init](N);
  return { re: modes.map(({ re }) => re), im: modes.map(({ im }) => im) };
};

describe('initial eigenvalues, of arXiv 2206.11893', () => {
  test('s4dLin: -1/2 + i pi n', () => {
    expect(parts('s4dLin', 6)).toEqual({ re: [-0.5, -0.5, -0.5], im: [0, Math.PI, 2 * Math.PI] });
  });

  test('s4dInv: -1/2 + i N/pi (N/(2n + 1) - 1)', () => {
    const { re, im } = parts('s4dInv', 6);
    expect(re).toEqual([-0.5, -0.5, -0.5]);
    expectClose(im, [30 / Math.PI, 6 / Math.PI, 1.2 / Math.PI], 1e-15, 'imaginary parts');
  });

  test('s4dReal: -(n + 1)', () => {
    expect(parts('s4dReal', 6)).toEqual({ re: [-1, -2, -3], im: [0, 0, 0] });
  });

  test.each([2, 4, 8])('s4dLegs, N = %i: roots of the characteristic polynomial of its matrix', (N) => {
    const { re, im } = parts('s4dLegs', N);
    expect(re).toEqual(new Array(N / 2).fill(-0.5));
    expect(im).toHaveLength(N / 2);
    expect([...im].sort((a, b) => a - b)).toEqual(im);
    const coefficients = characteristic(legsNormal(N));
    // prod (lambda - (re + i im))(lambda - (re - i im)), multiplied out
    let product = [1];
    for (let m = 0; m < N / 2; m++) product = times(product, [1, -2 * re[m], re[m] ** 2 + im[m] ** 2]);
    coefficients.forEach((c, k) => void expect(product[k] / c, `coefficient ${k}`).toBeCloseTo(1, 9));
  });

  test('s4dLegs, N = 64: lowest and highest two, as numpy.linalg.eigvalsh gives them for the Hermitian -i S', () => {
    const { im } = parts('s4dLegs', 64);
    const ends = [im[0], im[30], im[31]];
    expectClose(ends, [0.2638569311112831, 433.03075653869115, 1303.2738429811973], 1e-13, 'frequencies');
    expect(im[0]).toBeCloseTo(0.2638569311112831, 12);
  });

  test('s4dLegs, N = 2, by hand: the normal part [[-1/2, s], [-s, -1/2]] with s = sqrt(3)/2', () => {
    expectClose(parts('s4dLegs', 2).im, [Math.sqrt(3) / 2], 1e-14, 'imaginary part');
  });
});

describe('initial parameters of a layer', () => {
  const options = {
    H: 400,
    N: 16,
    bidirectional: false,
    trainableB: false,
    init: 's4dInv' as const,
    dt_min: 0.001,
    dt_max: 0.1,
  };

  test('A = -exp(log_A_real) + i A_imag is the chosen start in every channel', () => {
    const { parameters } = s4dLayer(options, random(1));
    const { re, im } = parts('s4dInv', 16);
    const logs = parameters['kernel.log_A_real'].dataSync();
    const imaginary = parameters['kernel.A_imag'].dataSync();
    for (const h of [0, 7, 399]) {
      expectClose(
        [...logs.slice(8 * h, 8 * h + 8)].map((log) => -Math.exp(log)),
        re,
        1e-6,
        'real',
      );
      expectClose(imaginary.slice(8 * h, 8 * h + 8), im, 1e-6, 'imaginary');
    }
  });

  test('step sizes are log-uniform between the bounds; C is complex normal of variance 1, D normal', () => {
    const { parameters } = s4dLayer(options, random(1));
    const logs = [...parameters['kernel.log_dt'].dataSync()];
    expect(Math.min(...logs)).toBeGreaterThanOrEqual(Math.log(0.001) - 1e-6);
    expect(Math.max(...logs)).toBeLessThanOrEqual(Math.log(0.1) + 1e-6);
    const quarters = [0.25, 0.5, 0.75].map((q) => Math.log(0.001) + q * Math.log(100));
    quarters.forEach((bound, i) => {
      const below = logs.filter((log) => log < bound).length / 400;
      expect(Math.abs(below - 0.25 * (i + 1))).toBeLessThan(0.08); // more than 3 standard deviations
    });
    const C = parameters['kernel.C'].dataSync<'float32'>();
    expect(C).toHaveLength(400 * 8 * 2);
    const square = C.reduce((sum, c) => sum + c * c, 0) / (400 * 8);
    expect(Math.abs(square - 1)).toBeLessThan(0.06);
    const D = parameters.D.dataSync<'float32'>();
    expect(Math.abs(D.reduce((sum, d) => sum + d * d, 0) / 400 - 1)).toBeLessThan(0.25);
  });
});

/**
 * HiPPO-LegS as its authors write it, A[n][k] = -sqrt(2n+1) sqrt(2k+1) for n > k, -(n+1) on the diagonal, plus the
 * rank-one term P P^T with P[n] = sqrt(n + 1/2).
 */
function legsNormal(N: number): number[][] {
  const index = Array.from({ length: N }, (_, n) => n);
  return index.map((n) =>
    index.map((k) => {
      const legs = n > k ? -Math.sqrt((2 * n + 1) * (2 * k + 1)) : n === k ? -(n + 1) : 0;
      return legs + Math.sqrt((n + 0.5) * (k + 0.5));
    }),
  );
}

/** Coefficients of det(lambda - A), highest first, by Faddeev and LeVerrier: no eigenvalue is computed. */
function characteristic(A: number[][]): number[] {
  const N = A.length;
  const coefficients = [1];
  let M = A.map((row) => row.map(() => 0));
  for (let k = 1; k <= N; k++) {
    M = multiply(A, M).map((row, i) => row.map((value, j) => value + (i === j ? coefficients[k - 1] : 0)));
    const trace = multiply(A, M).reduce((sum, row, i) => sum + row[i], 0);
    coefficients.push(-trace / k);
  }
  return coefficients;
}

function multiply(A: number[][], B: number[][]): number[][] {
  return A.map((row) => B[0].map((_, j) => row.reduce((sum, a, k) => sum + a * B[k][j], 0)));
}

/** Product of two polynomials. */
function times(a: number[], b: number[]): number[] {
  const product: number[] = new Array(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      product[i + j] += x * y;
    });
  });
  return product;
}
