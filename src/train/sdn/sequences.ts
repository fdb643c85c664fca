import type { SdnTarget } from '../../neurons/sdn-weights.js';
import type { Random } from '../../random.js';

/** Input sequences and what the exact neuron does on them; each [count, L], row after row. */
export interface Sequences {
  count: number;
  L: number;
  x: Float32Array;
}

/** What a network has to predict for one sequence, and the true spikes. */
export interface Truth {
  /** tau u[t-1] (membrane), or s[t] (spike)  [L] */
  target: Float32Array;
  spikes: Uint8Array;
}

/** White Gaussian input, N(0, deviation^2). */
export function whiteNoise(random: Random, count: number, L: number, deviation = 1): Sequences {
  return { count, L, x: Float32Array.from({ length: count * L }, () => deviation * random.normal()) };
}

/** Input with a memory: x[t] = correlation x[t-1] + noise, of variance 1 throughout. */
export function correlatedNoise(random: Random, count: number, L: number, correlation: number): Sequences {
  const x = new Float32Array(count * L);
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let at = 0; at < x.length; at++) {
    x[at] = at % L === 0 ? random.normal() : correlation * x[at - 1] + fresh * random.normal();
  }
  return { count, L, x };
}

/** The exact neuron (hard reset to 0, v_th = 1) on sequence `i`. */
export function truthOf({ x, L }: Sequences, i: number, tau: number, kind: SdnTarget): Truth {
  const target = new Float32Array(L);
  const spikes = new Uint8Array(L);
  let u = 0;
  for (let t = 0; t < L; t++) {
    const decayed = tau * u;
    const v = Math.fround(decayed + x[i * L + t]);
    spikes[t] = v >= 1 ? 1 : 0;
    target[t] = kind === 'membrane' ? decayed : spikes[t];
    u = v >= 1 ? 0 : v;
  }
  return { target, spikes };
}
