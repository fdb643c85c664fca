import { unknownName, withDefaults } from '../../options.js';
import * as tf from '../../tf.js';
import { checkTau, checkTensor } from '../check.js';
import {
  defineOperation,
  hasForm,
  type Operation,
  registerHostForm,
  registerTensorForm,
  runOperation,
} from '../operation.js';
import { type SurrogateName, surrogateNamed } from '../surrogate.js';
import { lifComposite } from './composite.js';
import * as native from './native.js';
import * as reference from './reference.js';
import * as tensorflow from './tensorflow.js';

export interface LifOptions {
  /** Decay of the membrane potential per step, a multiplier in (0, 1). Default 0.125, the released model's. */
  tau?: number;
  /** What a spike leaves behind: `hard` sets u to v_reset, `soft` subtracts the threshold. Default `hard`. */
  reset?: 'hard' | 'soft';
  /** Potential after a hard reset, in units of v_th. Default 0. */
  v_reset?: number;
  /** Derivative used for the step function. Default `piecewise-quadratic`. */
  surrogate?: SurrogateName;
  /** `bptt`: through time; `sltt`: each step by itself, the past potential detached. Default `bptt`. */
  gradient?: 'bptt' | 'sltt';
}

const DEFAULTS: Required<LifOptions> = {
  tau: 0.125,
  reset: 'hard',
  v_reset: 0,
  surrogate: 'piecewise-quadratic',
  gradient: 'bptt',
};

export const lifOperation: Operation = defineOperation('Lif', ['x', 'u'], {
  outputs: 2,
});
registerHostForm(lifOperation, 'cpu', reference);
registerHostForm(lifOperation, 'native', native);
registerTensorForm(lifOperation, 'tensorflow', tensorflow);

/**
 * Leaky integrate-and-fire neurons over a sequence, in units of the threshold (v_th = 1):
 *   v[t] = tau*u[t-1] + x[t];  s[t] = v[t] >= 1;  u[t] = v[t]*(1 - s[t]) + v_reset*s[t]  (soft: v[t] - s[t])
 * @param x  input current  float32 [batch, L, H], in units of v_th
 * @param u  membrane potential before the first step  float32 [batch, H]; default 0
 * @returns  spikes {0,1} float32 [batch, L, H], and u after the last step [batch, H]
 * @throws RangeError  `lif: tau must be in (0, 1), got 2 (for a time constant of T steps pass exp(-1/T))`
 * Gradient: surrogate at v - 1; the reset is detached; `sltt` detaches u[t-1] too.
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function lif(x: tf.Tensor3D, options?: LifOptions, u?: tf.Tensor2D): [tf.Tensor3D, tf.Tensor2D] {
  const resolved = lifOptions(options);
  checkTensor('lif', 'x', x, [-1, -1, -1]);
  const [batch, , H] = x.shape;
  if (u) checkTensor('lif', 'u', u, [batch, H]);
  return tf.tidy(() => {
    const start = u ?? tf.zeros<tf.Rank.R2>([batch, H]);
    if (!hasForm(lifOperation)) return lifComposite(x, start, resolved);
    return runOperation(lifOperation, { x, u: start }, { ...resolved }) as [tf.Tensor3D, tf.Tensor2D];
  });
}

/** Spikes [batch, L, H] times what one counts in each channel [batch, H]. */
export function scaledSpikes(spikes: tf.Tensor3D, scale?: tf.Tensor2D): tf.Tensor3D {
  return scale ? tf.mul(spikes, tf.expandDims(scale, 1)) : spikes;
}

/** The options with their defaults, checked. */
export function lifOptions(options?: LifOptions): Required<LifOptions> {
  const resolved = withDefaults<Required<LifOptions>>(
    'lif',
    options as Partial<Required<LifOptions>>,
    DEFAULTS,
  );
  checkTau('lif', resolved.tau);
  surrogateNamed('lif', resolved.surrogate);
  if (!['hard', 'soft'].includes(resolved.reset))
    throw unknownName('lif', 'reset', resolved.reset, ['hard', 'soft']);
  if (!['bptt', 'sltt'].includes(resolved.gradient)) {
    throw unknownName('lif', 'gradient', resolved.gradient, ['bptt', 'sltt']);
  }
  if (!(resolved.v_reset < 1))
    throw new RangeError(`lif: v_reset must lie below the threshold 1, got ${resolved.v_reset}`);
  return resolved;
}
