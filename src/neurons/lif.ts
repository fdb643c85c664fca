import * as ops from '../ops/index.js';
import { type LifOptions, lifOptions, scaledSpikes } from '../ops/lif/index.js';
import * as tf from '../tf.js';
import type { Neuron } from './neuron.js';

/**
 * The exact leaky integrate-and-fire neuron: updated v, then spike where v >= 1, then reset (detached).
 *   v[t] = tau*u[t-1] + x[t];  s[t] = v[t] >= 1;  u[t] = v[t]*(1 - s[t]) + v_reset*s[t]
 * @param options  tau (decay multiplier per step, in (0, 1)), reset, v_reset, surrogate, gradient
 * @example lif({ tau: 0.25, gradient: 'sltt' })
 */
export function lif(options?: LifOptions): Neuron {
  const resolved = lifOptions(options);
  return {
    config: { kind: 'lif', ...resolved },
    build: () => ({
      buffers: {},
      exact: resolved,
      apply: (current, state, scale) => {
        const [spikes, u] = ops.lif(current, resolved, state as tf.Tensor2D | undefined);
        return [scaledSpikes(spikes, scale), u];
      },
      initialState: (batch, H) => tf.zeros([batch, H]),
    }),
  };
}
