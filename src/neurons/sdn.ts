import { checkTau } from '../ops/check.js';
import * as ops from '../ops/index.js';
import { noPast } from '../ops/sdn/index.js';
import { sdnSpikeSlope } from '../ops/sdn-spike/index.js';
import { type SurrogateName, surrogateNamed } from '../ops/surrogate.js';
import { withDefaults } from '../options.js';
import type * as tf from '../tf.js';
import type { Neuron } from './neuron.js';
import { loadSdnWeights, shippedSdn } from './sdn-weights.js';

export interface SdnOptions {
  /** Decay per step, in (0, 1), of the neuron that the network stands for. Default 0.125. */
  tau?: number;
  /** A file written by `trainSDN`. Default: the network for `tau` that comes with the package. */
  weights?: string;
  /** Derivative used for the step function. Default `piecewise-quadratic`. */
  surrogate?: SurrogateName;
}

/**
 * The surrogate dynamic network in place of the neuron's recurrence: all steps in parallel, from the eight inputs
 * before each; spike where p[t] + x[t] >= 1. The network is frozen.
 * @example sdn({ tau: 0.125 })
 */
export function sdn(options?: SdnOptions): Neuron {
  const {
    tau,
    weights: file,
    surrogate,
  } = sdnOptions('sdn', options, {
    surrogate: 'piecewise-quadratic' as SurrogateName,
  });
  surrogateNamed('sdn', surrogate);
  const path = file || shippedSdn(tau, 'membrane');
  return {
    config: { kind: 'sdn', tau, weights: file, surrogate },
    build: () => {
      const { weights, buffers } = loadSdnWeights(path);
      return {
        buffers: named(buffers),
        apply: (current, state, scale) =>
          ops.sdn(current, weights, { surrogate }, state as tf.Tensor3D | undefined, scale),
        initialState: (batch, H) => noPast(batch, H),
      };
    },
  };
}

/**
 * SDN-S, the variant that predicts the spike itself. Its gradient passes the network by: straight through to the current,
 * which is the paper's (more spikes and less accuracy than with the SDN), or with `gradient: 'surrogate'` by the surrogate's
 * slope there, which learns as the exact neuron does.
 * @example sdnSpike({ tau: 0.125, gradient: 'surrogate' })
 */
export function sdnSpike(options?: SdnOptions & ops.SdnSpikeOptions): Neuron {
  const {
    tau,
    weights: file,
    gradient,
    surrogate,
  } = sdnOptions('sdnSpike', options, {
    gradient: 'straight-through',
    surrogate: undefined,
  } as ops.SdnSpikeOptions);
  const slope = sdnSpikeSlope('sdnSpike', { gradient, surrogate });
  const path = file || shippedSdn(tau, 'spike');
  return {
    config: {
      kind: 'sdn-spike',
      tau,
      weights: file,
      gradient: gradient as string,
      ...(slope !== '' && { surrogate: slope }),
    },
    build: () => {
      const { weights, buffers } = loadSdnWeights(path);
      return {
        buffers: named(buffers),
        apply: (current, state, scale) =>
          ops.sdnSpike(current, weights, { gradient, surrogate }, state as tf.Tensor3D | undefined, scale),
        initialState: (batch, H) => noPast(batch, H),
      };
    },
  };
}

/** What both take, and their own with its defaults. */
function sdnOptions<T extends object>(
  where: string,
  given: Partial<T> & Pick<SdnOptions, 'tau' | 'weights'> = {},
  own: T,
): T & { tau: number; weights: string } {
  const defaults = { tau: 0.125, weights: '', ...own };
  const resolved = withDefaults(where, given as Partial<typeof defaults>, defaults);
  checkTau(where, resolved.tau);
  return resolved;
}

/** The official code keeps the network of a layer under `neuron.model`. */
function named(buffers: Record<string, tf.Variable>): Record<string, tf.Variable> {
  return Object.fromEntries(
    Object.entries(buffers).map(([name, variable]) => [`neuron.model.${name}`, variable]),
  );
}
