import * as ops from '../ops/index.js';
import { withDefaults } from '../options.js';
import * as tf from '../tf.js';
import type { Neuron } from './neuron.js';

/**
 * No spikes: y = x Phi(x), the GELU of the input current, in place of the neuron. It makes a SpikingSSM the plain S4D
 * that spiking models are compared with. There is no membrane, no threshold crossing, no reset and no state.
 *   gelu(x) = x/2 (1 + erf(x / sqrt 2))
 * @example spikingSSM({ classes: 10, neuron: gelu(), threshold: 'fixed' })
 * Source: Hendrycks and Gimpel 2016, arXiv 1606.08415; Gu et al. 2022, arXiv 2206.11893.
 */
export function gelu(options?: Record<string, never>): Neuron {
  withDefaults('gelu', options, {});
  return {
    config: { kind: 'gelu' },
    build: () => ({
      buffers: {},
      graded: true,
      apply: (current, state, scale) => {
        const [batch] = current.shape;
        const y = ops.gelu(current, scale);
        return [y, state ? state.clone() : tf.zeros([batch, 0])];
      },
      initialState: (batch) => tf.zeros([batch, 0]),
    }),
  };
}
