import type { SdnTarget } from '../../neurons/sdn-weights.js';
import { SDN_NAMES } from '../../neurons/sdn-weights.js';
import { predictor, TAPS } from '../../ops/sdn/predictor.js';
import { random } from '../../random.js';
import { correlatedNoise, type Sequences, truthOf, whiteNoise } from './sequences.js';

/** How a network does against the exact neuron on one kind of input. */
export interface SdnAccuracy {
  /** Share of steps at which both fire or both do not. */
  agreement: number;
  /** Of the prediction, in units of v_th (of the spike for SDN-S): mean, standard deviation, maximum. */
  meanError: number;
  sdError: number;
  maxError: number;
  /** Smooth L1. */
  loss: number;
  /** True spikes a step. */
  rate: number;
}

export type FusedWeights = Record<string, { shape: readonly number[]; data: Float32Array }>;

/** Runs the fused network on every sequence and compares it with the exact neuron. */
export function accuracyOf(
  weights: FusedWeights,
  sequences: Sequences,
  tau: number,
  target: SdnTarget,
): SdnAccuracy {
  const { predict } = predictor(
    Object.fromEntries(
      Object.entries(SDN_NAMES).map(([key, name]) => [
        key,
        { values: weights[name].data, shape: [...weights[name].shape] },
      ]),
    ),
  );
  const { count, L, x } = sequences;
  const window = new Float64Array(TAPS + L);
  const [offset, threshold] = target === 'membrane' ? [0, 1] : [1, 0.5];
  let [agreed, sum, squares, maxError, loss, fired] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const truth = truthOf(sequences, i, tau, target);
    window.set(x.subarray(i * L, (i + 1) * L), TAPS);
    for (let t = 0; t < L; t++) {
      const p = predict(window, t + offset);
      const spike = (target === 'membrane' ? p + x[i * L + t] : p) >= threshold ? 1 : 0;
      const error = Math.abs(p - truth.target[t]);
      agreed += spike === truth.spikes[t] ? 1 : 0;
      fired += truth.spikes[t];
      sum += error;
      squares += error * error;
      maxError = Math.max(maxError, error);
      loss += error < 1 ? error * error * 0.5 : error - 0.5;
    }
  }
  const steps = count * L;
  const meanError = sum / steps;
  return {
    agreement: agreed / steps,
    meanError,
    sdError: Math.sqrt(squares / steps - meanError ** 2),
    maxError,
    loss: loss / steps,
    rate: fired / steps,
  };
}

/**
 * The network on fresh sequences of several kinds: the one it was trained on, weaker and stronger input, and input
 * with a memory.
 */
export function sdnReport(
  weights: FusedWeights,
  {
    tau,
    target = 'membrane',
    sequences = 1000,
    L = 1024,
    seed = 1000,
  }: { tau: number; target?: SdnTarget; sequences?: number; L?: number; seed?: number },
): Record<string, SdnAccuracy> {
  const source = random(seed);
  const kinds: Record<string, () => Sequences> = {
    'N(0, 1)': () => whiteNoise(source.fork(), sequences, L),
    'N(0, 0.5^2)': () => whiteNoise(source.fork(), sequences, L, 0.5),
    'N(0, 2^2)': () => whiteNoise(source.fork(), sequences, L, 2),
    'N(0, 1), correlation 0.9': () => correlatedNoise(source.fork(), sequences, L, 0.9),
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([name, make]) => [name, accuracyOf(weights, make(), tau, target)]),
  );
}
