import { type FloatArray, type HostKernel, type HostTensor, rounded, zerosLike } from '../operation.js';
import { type Discretized, discretize, discretizeBackward, empty, type Parameters } from './discretize.js';

/**
 * Diagonal state-space model (S4D), one step after the other, for each channel with M = N/2 complex modes:
 *   h[t] = ABar h[t-1] + BBar x[t];   y[t] = 2 Re sum_m C_m h_m[t] + D x[t]
 * With two kernels (C [2, H, M, 2]) the second runs on the reversed sequence and begins at the next step:
 *   y[t] += 2 Re sum_i sum_m C1_m ABar_m^i BBar_m x[t+1+i]
 * inputs: x [batch, L, H], log_dt [H], log_A_real and A_imag [H, M], B [H, M, 2], C [kernels, H, M, 2], D [H],
 * state [batch, H, M, 2] (of the first kernel); outputs: y [batch, L, H], state after the last step.
 * Sums and states are float64.
 */
export const forward: HostKernel = (inputs) => {
  const { x, C, D, state } = inputs;
  const [batch, L, H] = x.shape;
  const [kernels, , M] = C.shape;
  const y = zerosLike(x.values, x.values.length);
  const final = zerosLike(x.values, state.values.length);
  const [column, sums] = [new Float64Array(L), new Float64Array(L)];
  for (let h = 0; h < H; h++) {
    const system = discretize(parametersOf(inputs), h, M);
    for (let b = 0; b < batch; b++) {
      readColumn(x, b, h, column);
      for (let t = 0; t < L; t++) sums[t] = D.values[h] * column[t];
      for (let m = 0; m < M; m++) {
        const at = (b * H + h) * M + m;
        const mode = modeOf(system, m, entry(C.values, h * M + m));
        final.set(scan(mode, column, entry(state.values, at), sums), 2 * at);
      }
      if (kernels === 2) {
        const [flipped, ahead] = [column.slice().reverse(), new Float64Array(L)];
        for (let m = 0; m < M; m++) {
          scan(modeOf(system, m, entry(C.values, (H + h) * M + m)), flipped, [0, 0], ahead);
        }
        for (let t = 0; t < L - 1; t++) sums[t] += ahead[L - 2 - t];
      }
      for (let t = 0; t < L; t++) y[(b * L + t) * H + h] = sums[t];
    }
  }
  return [
    { values: y, shape: x.shape },
    { values: final, shape: state.shape },
  ];
};

/**
 * The adjoint, from the last step to the first (lambda[t] is the gradient of h[t]):
 *   lambda[t] = 2 conj(C) dy[t] + conj(ABar) lambda[t+1]
 * inputs: those of `forward`, dy0 for y, dy1 for the last state; outputs: gradients in the order of `s4dOperation`.
 */
export const backward: HostKernel = (inputs) => {
  const { x, C, D, state, dy0, dy1 } = inputs;
  const [batch, L, H] = x.shape;
  const [kernels, , M] = C.shape;
  const parameters = parametersOf(inputs);
  const gradient = (of: HostTensor): FloatArray => new Float64Array(of.values.length);
  const sums = {
    log_dt: gradient(inputs.log_dt),
    log_A_real: gradient(inputs.log_A_real),
    A_imag: gradient(inputs.A_imag),
    B: gradient(inputs.B),
  };
  const [dC, dD, dState] = [gradient(C), gradient(D), gradient(state)];
  const dx = zerosLike(x.values, x.values.length);
  const [column, dy, dColumn] = [new Float64Array(L), new Float64Array(L), new Float64Array(L)];
  for (let h = 0; h < H; h++) {
    const system = discretize(parameters, h, M);
    const ofSystem = empty(M);
    for (let b = 0; b < batch; b++) {
      readColumn(x, b, h, column);
      readColumn(dy0, b, h, dy);
      for (let t = 0; t < L; t++) {
        dD[h] += dy[t] * column[t];
        dColumn[t] = dy[t] * D.values[h];
      }
      for (let m = 0; m < M; m++) {
        const at = (b * H + h) * M + m;
        const mode = modeOf(system, m, entry(C.values, h * M + m));
        const ends: [Complex, Complex] = [entry(state.values, at), entry(dy1.values, at)];
        const [ofMode, ofState] = scanBackward(mode, column, dy, ...ends, dColumn);
        add(dC, h * M + m, [ofMode.cRe, ofMode.cIm]);
        add(dState, at, ofState);
        addToSystem(ofSystem, m, ofMode);
      }
      if (kernels === 2) {
        const flipped = column.slice().reverse();
        const [dAhead, dFlipped] = [new Float64Array(L), new Float64Array(L)];
        for (let t = 0; t < L - 1; t++) dAhead[L - 2 - t] = dy[t];
        for (let m = 0; m < M; m++) {
          const mode = modeOf(system, m, entry(C.values, (H + h) * M + m));
          const [ofMode] = scanBackward(mode, flipped, dAhead, [0, 0], [0, 0], dFlipped);
          add(dC, (H + h) * M + m, [ofMode.cRe, ofMode.cIm]);
          addToSystem(ofSystem, m, ofMode);
        }
        for (let t = 0; t < L; t++) dColumn[t] += dFlipped[L - 1 - t];
      }
      for (let t = 0; t < L; t++) dx[(b * L + t) * H + h] = dColumn[t];
    }
    discretizeBackward(parameters, h, M, ofSystem, sums);
  }
  const like = (sums: FloatArray, { shape }: HostTensor): HostTensor => ({
    values: rounded(sums, x.values),
    shape,
  });
  return [
    { values: dx, shape: x.shape },
    like(sums.log_dt, inputs.log_dt),
    like(sums.log_A_real, inputs.log_A_real),
    like(sums.A_imag, inputs.A_imag),
    like(sums.B, inputs.B),
    like(dC, C),
    like(dD, D),
    like(dState, state),
  ];
};

type Complex = [re: number, im: number];

/** One complex mode: ABar, BBar and C; or the gradient of each. */
interface Mode {
  aRe: number;
  aIm: number;
  bRe: number;
  bIm: number;
  cRe: number;
  cIm: number;
}

/** Runs one mode over the sequence x, adds its output to y, returns its state after the last step. */
function scan(
  { aRe, aIm, bRe, bIm, cRe, cIm }: Mode,
  x: Float64Array,
  start: Complex,
  y: Float64Array,
): Complex {
  let [re, im] = start;
  for (let t = 0; t < x.length; t++) {
    const next = aRe * re - aIm * im + bRe * x[t];
    im = aRe * im + aIm * re + bIm * x[t];
    re = next;
    y[t] += 2 * (cRe * re - cIm * im);
  }
  return [re, im];
}

/** Adjoint of `scan`: adds to dx, returns the gradients of the mode and of its first state. */
function scanBackward(
  { aRe, aIm, bRe, bIm, cRe, cIm }: Mode,
  x: Float64Array,
  dy: Float64Array,
  start: Complex,
  end: Complex,
  dx: Float64Array,
): [gradient: Mode, start: Complex] {
  const L = x.length;
  const [hRe, hIm] = [new Float64Array(L + 1), new Float64Array(L + 1)]; // h[t] at index t + 1
  [hRe[0], hIm[0]] = start;
  for (let t = 0; t < L; t++) {
    hRe[t + 1] = aRe * hRe[t] - aIm * hIm[t] + bRe * x[t];
    hIm[t + 1] = aRe * hIm[t] + aIm * hRe[t] + bIm * x[t];
  }
  let [re, im] = end; // conj(ABar) lambda[t+1], at first the gradient of the last state
  let [daRe, daIm, dbRe, dbIm, dcRe, dcIm] = [0, 0, 0, 0, 0, 0];
  for (let t = L - 1; t >= 0; t--) {
    const twice = 2 * dy[t];
    dcRe += twice * hRe[t + 1];
    dcIm -= twice * hIm[t + 1];
    re += twice * cRe;
    im -= twice * cIm;
    dx[t] += bRe * re + bIm * im;
    dbRe += re * x[t];
    dbIm += im * x[t];
    daRe += hRe[t] * re + hIm[t] * im;
    daIm += hRe[t] * im - hIm[t] * re;
    const next = aRe * re + aIm * im;
    im = aRe * im - aIm * re;
    re = next;
  }
  return [{ aRe: daRe, aIm: daIm, bRe: dbRe, bIm: dbIm, cRe: dcRe, cIm: dcIm }, [re, im]];
}

function modeOf(system: Discretized, m: number, [cRe, cIm]: Complex): Mode {
  const { ABarRe, ABarIm, BBarRe, BBarIm } = system;
  return { aRe: ABarRe[m], aIm: ABarIm[m], bRe: BBarRe[m], bIm: BBarIm[m], cRe, cIm };
}

function addToSystem(sums: Discretized, m: number, { aRe, aIm, bRe, bIm }: Mode): void {
  sums.ABarRe[m] += aRe;
  sums.ABarIm[m] += aIm;
  sums.BBarRe[m] += bRe;
  sums.BBarIm[m] += bIm;
}

function parametersOf(inputs: Record<string, HostTensor>): Parameters {
  const { log_dt, log_A_real, A_imag, B } = inputs;
  return { log_dt: log_dt.values, log_A_real: log_A_real.values, A_imag: A_imag.values, B: B.values };
}

function readColumn(x: HostTensor, b: number, h: number, column: Float64Array): void {
  const [, L, H] = x.shape;
  for (let t = 0; t < L; t++) column[t] = x.values[(b * L + t) * H + h];
}

function entry(values: FloatArray, at: number): Complex {
  return [values[2 * at], values[2 * at + 1]];
}

function add(values: FloatArray, at: number, [re, im]: Complex): void {
  values[2 * at] += re;
  values[2 * at + 1] += im;
}
