import { readSafetensors } from '../files/safetensors.js';
import { SDN_NAMES, shippedSdn } from '../neurons/sdn-weights.js';
import { predictor, TAPS } from '../ops/sdn/predictor.js';
import { withDefaults } from '../options.js';
import { membrane } from './membrane.js';

export interface MembraneErrorOptions {
  /** Decay per step of the exact neuron, in (0, 1). Default 0.125. */
  tau?: number;
  /** A file written by `trainSDN`. Default: the network for `tau` that comes with the package. */
  weights?: string;
}

/** What a surrogate dynamic network makes of one neuron's input, beside the truth; lists have a value a step. */
export interface MembraneError {
  /** The network's p[t], and what it stands for: tau * u[t-1] of the exact neuron, in units of v_th. */
  predicted: Float64Array;
  exact: Float64Array;
  /** p[t] - tau * u[t-1] */
  error: Float64Array;
  /** Spikes of the network, p[t] + x[t] >= 1, and of the exact neuron. */
  predictedSpikes: Uint8Array;
  spikes: Uint8Array;
  /** Share of steps at which both spike or both do not, in [0, 1]. */
  agreement: number;
  /** Mean, standard deviation and maximum of |error|, in units of v_th. */
  meanError: number;
  sdError: number;
  maxError: number;
}

/**
 * Runs the surrogate dynamic network and the exact neuron on the same current, in float64.
 * @param current  x[t] of one neuron, in units of v_th [L]
 * @throws RangeError  for an empty current, or a tau without a network (naming those there are)
 */
export function membraneError(current: ArrayLike<number>, options: MembraneErrorOptions = {}): MembraneError {
  const { tau, weights } = withDefaults<Required<MembraneErrorOptions>>('membraneError', options, {
    tau: 0.125,
    weights: '',
  });
  const L = current.length;
  if (L === 0) throw new RangeError('membraneError: the current must have at least one step, got none');
  const { u, spikes } = membrane(current, { tau });
  const exact = Float64Array.from({ length: L }, (_, t) => (t === 0 ? 0 : tau * u[t - 1]));
  const { predict } = networkOf(weights || shippedSdn(tau, 'membrane'));
  const window = new Float64Array(TAPS + L);
  window.set(Array.from(current), TAPS);
  const predicted = exact.map((_, t) => predict(window, t));
  const error = predicted.map((p, t) => p - exact[t]);
  const predictedSpikes = Uint8Array.from(predicted, (p, t) => (p + current[t] >= 1 ? 1 : 0));
  const size = error.map(Math.abs);
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / L;
  const meanError = mean(size);
  return {
    predicted,
    exact,
    error,
    predictedSpikes,
    spikes,
    agreement: spikes.reduce((sum, spike, t) => sum + (spike === predictedSpikes[t] ? 1 : 0), 0) / L,
    meanError,
    sdError: Math.sqrt(mean(size.map((value) => (value - meanError) ** 2))),
    maxError: size.reduce((most, value) => Math.max(most, value), 0),
  };
}

function networkOf(path: string): ReturnType<typeof predictor> {
  const { tensors } = readSafetensors(path);
  return predictor(
    Object.fromEntries(
      Object.entries(SDN_NAMES).map(([key, name]) => {
        const tensor = tensors.get(name);
        if (!tensor) throw new RangeError(`membraneError: ${path} holds no network: ${name} is missing`);
        return [key, { values: Float32Array.from(tensor.data, Number), shape: [...tensor.shape] }];
      }),
    ),
  );
}
