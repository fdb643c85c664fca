import type { HostTensor } from '../operation.js';

/** Steps that the predictor sees, and its channels. */
export const TAPS = 8;
export const CHANNELS = 8;

/** The surrogate dynamic network on one window of eight steps, in float64. */
export interface Predictor {
  /** a = relu(W1 window[t..t+7] + b1);  p = w3 relu(W2 a + a + b2) + b3 */
  predict(window: Float64Array, t: number): number;
}

export function predictor({ w1, b1, w2, b2, w3, b3 }: Record<string, HostTensor>): Predictor {
  const [W1, W2, W3] = [w1, w2, w3].map(({ values }) => Float64Array.from(values));
  const [B1, B2] = [b1, b2].map(({ values }) => Float64Array.from(values));
  const first = new Float64Array(CHANNELS);
  return {
    predict(window, t) {
      for (let c = 0; c < CHANNELS; c++) {
        let sum = B1[c];
        for (let k = 0; k < TAPS; k++) sum += W1[c * TAPS + k] * window[t + k];
        first[c] = Math.max(0, sum);
      }
      let p = b3.values[0];
      for (let c = 0; c < CHANNELS; c++) {
        let sum = B2[c] + first[c];
        for (let j = 0; j < CHANNELS; j++) sum += W2[c * CHANNELS + j] * first[j];
        p += W3[c] * Math.max(0, sum);
      }
      return p;
    },
  };
}

/**
 * Visits every channel of every example with its inputs in one row: the eight of the past, then x[0..L-1].
 * `at(t)` is the place of step t in x.
 */
export function eachWindow(
  x: HostTensor,
  past: HostTensor,
  visit: (window: Float64Array, at: (t: number) => number) => void,
): void {
  const [batch, L, H] = x.shape;
  const window = new Float64Array(TAPS + L);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < H; h++) {
      const at = (t: number): number => (b * L + t) * H + h;
      for (let k = 0; k < TAPS; k++) window[k] = past.values[(b * TAPS + k) * H + h];
      for (let t = 0; t < L; t++) window[TAPS + t] = x.values[at(t)];
      visit(window, at);
    }
  }
}
