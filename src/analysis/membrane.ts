import { withDefaults } from '../options.js';

export interface MembraneOptions {
  /** Decay per step, in (0, 1); dimensionless. */
  tau: number;
  /** v_th, in the unit of the current. Default 1. */
  threshold?: number;
  /** `hard`: back to v_reset; `soft`: v_th is subtracted. Default hard. */
  reset?: 'hard' | 'soft';
  /** v_r of the hard reset. Default 0. */
  v_reset?: number;
}

/** One neuron over time; each list has a value a step. */
export interface Membrane {
  /** Potential before the spike: v[t] = tau * u[t-1] + x[t]. */
  v: Float64Array;
  /** Potential after the reset, which the next step starts from. */
  u: Float64Array;
  /** 1 where v[t] >= v_th. */
  spikes: Uint8Array;
}

/**
 * Leaky integrate-and-fire neuron, step by step in float64, for looking at a single one.
 *   v[t] = tau * u[t-1] + x[t];  s[t] = v[t] >= v_th
 *   u[t] = v[t] * (1 - s[t]) + s[t] * v_r   (hard)    u[t] = v[t] - s[t] * v_th   (soft);   u[-1] = 0
 * @param current  x[t], the input of one neuron [L]
 * @throws RangeError  `membrane: tau must be in (0, 1), got 2 (for a time constant T pass exp(-1/T))`
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function membrane(current: ArrayLike<number>, options: MembraneOptions): Membrane {
  const { tau, threshold, reset, v_reset } = withDefaults<Required<MembraneOptions>>('membrane', options, {
    tau: Number.NaN,
    threshold: 1,
    reset: 'hard',
    v_reset: 0,
  });
  if (!(tau > 0 && tau < 1)) {
    throw new RangeError(
      `membrane: tau must be in (0, 1), got ${tau} (for a time constant T pass exp(-1/T))`,
    );
  }
  if (!(threshold > 0)) throw new RangeError(`membrane: threshold must be above 0, got ${threshold}`);
  if (reset !== 'hard' && reset !== 'soft') {
    throw new TypeError(`membrane: reset must be 'hard' or 'soft', got ${JSON.stringify(reset)}`);
  }
  const L = current.length;
  const result = { v: new Float64Array(L), u: new Float64Array(L), spikes: new Uint8Array(L) };
  let u = 0;
  for (let t = 0; t < L; t++) {
    const v = tau * u + current[t];
    if (!Number.isFinite(v))
      throw new RangeError(`membrane: the current at step ${t} is ${current[t]}, not a finite number`);
    const spike = v >= threshold;
    u = !spike ? v : reset === 'hard' ? v_reset : v - threshold;
    result.v[t] = v;
    result.u[t] = u;
    result.spikes[t] = spike ? 1 : 0;
  }
  return result;
}
