import * as ops from '../../../src/ops/index.js';
import { random } from '../../../src/random.js';
import type * as tf from '../../../src/tf.js';
import { type Arrays, type Case, normal, tensor } from '../case.js';

export interface Sizes {
  batch: number;
  L: number;
  H: number;
  M: number;
  kernels: 1 | 2;
}

type Complex = [number, number];
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const exp = ([a, b]: Complex): Complex => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
const over = ([a, b]: Complex, [c, d]: Complex): Complex => {
  const norm = c * c + d * d;
  return [(a * c + b * d) / norm, (b * c - a * d) / norm];
};

/** One mode m of channel h: dt A, B (exp(dt A) - 1)/A, and C of each kernel. */
function modeOf(inputs: Arrays, { H, M, kernels }: Sizes, h: number, m: number) {
  const dt = Math.exp(inputs.log_dt[h]);
  const A: Complex = [-Math.exp(inputs.log_A_real[h * M + m]), inputs.A_imag[h * M + m]];
  const z: Complex = [dt * A[0], dt * A[1]];
  const pair = (values: Float64Array, at: number): Complex => [values[2 * at], values[2 * at + 1]];
  const [re, im] = exp(z);
  // exp(z) - 1 by its series where it would cancel
  const lessOne: Complex = Math.hypot(...z) < 1e-3 ? series(z) : [re - 1, im];
  const BBar = times(pair(inputs.B, h * M + m), over(lessOne, A));
  const C = Array.from({ length: kernels }, (_, k) => pair(inputs.C, (k * H + h) * M + m));
  return { power: (l: number): Complex => exp([z[0] * l, z[1] * l]), BBar, C };
}

function series(z: Complex): Complex {
  let [term, sum]: [Complex, Complex] = [z, z];
  for (let n = 2; n < 8; n++) {
    term = times(term, [z[0] / n, z[1] / n]);
    sum = [sum[0] + term[0], sum[1] + term[1]];
  }
  return sum;
}

/** As a sum over all pairs of steps, with the convolution kernel written out: no recurrence, no FFT. */
function convolution(inputs: Arrays, sizes: Sizes): Float64Array[] {
  const { batch, L, H, M, kernels } = sizes;
  const y = new Float64Array(batch * L * H);
  const final = new Float64Array(batch * H * M * 2);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < H; h++) {
      const x = (t: number): number => inputs.x[(b * L + t) * H + h];
      for (let t = 0; t < L; t++) y[(b * L + t) * H + h] = inputs.D[h] * x(t);
      for (let m = 0; m < M; m++) {
        const { power, BBar, C } = modeOf(inputs, sizes, h, m);
        const kernel = (k: number, l: number): number => 2 * times(times(C[k], BBar), power(l))[0];
        const at = 2 * ((b * H + h) * M + m);
        const h0: Complex = [inputs.state[at], inputs.state[at + 1]];
        for (let t = 0; t < L; t++) {
          let sum = 2 * times(times(C[0], h0), power(t + 1))[0];
          for (let j = 0; j <= t; j++) sum += kernel(0, t - j) * x(j);
          if (kernels === 2) for (let j = t + 1; j < L; j++) sum += kernel(1, j - t - 1) * x(j);
          y[(b * L + t) * H + h] += sum;
        }
        let end = times(h0, power(L));
        for (let j = 0; j < L; j++) {
          const part = times(BBar, power(L - 1 - j));
          end = [end[0] + part[0] * x(j), end[1] + part[1] * x(j)];
        }
        final.set(end, at);
      }
    }
  }
  return [y, final];
}

export function s4dCase(name: string, sizes: Sizes, dt: [number, number] = [0.01, 0.3]): Case {
  const { batch, L, H, M, kernels } = sizes;
  const source = random(21);
  const logDt = (): number => Math.log(dt[0]) + source.uniform() * Math.log(dt[1] / dt[0]);
  return {
    name,
    inputs: {
      x: normal(1, [batch, L, H]),
      log_dt: tensor([H], logDt),
      log_A_real: normal(2, [H, M], 0.5),
      A_imag: tensor([H, M], (i) => Math.PI * (i % M) + 0.3 * source.normal()),
      B: normal(3, [H, M, 2]),
      C: normal(4, [kernels, H, M, 2]),
      D: normal(5, [H]),
      state: normal(6, [batch, H, M, 2]),
    },
    run: ({ x, state, ...parameters }) =>
      ops.s4d(x as tf.Tensor3D, parameters as unknown as ops.S4dParameters, state as tf.Tensor4D),
    define: (inputs) => convolution(inputs, sizes),
  };
}

export const s4dCases: Case[] = [
  s4dCase('s4d', { batch: 2, L: 9, H: 3, M: 2, kernels: 1 }),
  s4dCase('s4d bidirectional', { batch: 2, L: 7, H: 2, M: 3, kernels: 2 }),
  s4dCase('s4d L = 1', { batch: 1, L: 1, H: 2, M: 2, kernels: 1 }),
  s4dCase('s4d L = 1, bidirectional', { batch: 2, L: 1, H: 1, M: 1, kernels: 2 }),
  s4dCase('s4d one mode, one channel', { batch: 3, L: 13, H: 1, M: 1, kernels: 1 }),
  s4dCase('s4d L = 37', { batch: 1, L: 37, H: 2, M: 4, kernels: 1 }),
  s4dCase('s4d tiny steps', { batch: 1, L: 6, H: 2, M: 2, kernels: 1 }, [1e-6, 1e-5]),
  s4dCase('s4d large steps', { batch: 1, L: 6, H: 2, M: 2, kernels: 2 }, [2, 8]),
];
