import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Arrays, type Case, type Host, normal, tensor } from '../case.js';
import { integrals } from './surrogates.js';

const DEFAULTS = {
  tau: 0.125,
  reset: 'hard',
  v_reset: 0,
  surrogate: 'piecewise-quadratic',
  gradient: 'bptt',
} as const;

export function lifCase(name: string, x: Host, options: ops.LifOptions = {}, start = 0.5): Case {
  const [batch, L, H] = x.shape;
  const { tau, reset, v_reset, surrogate, gradient } = { ...DEFAULTS, ...options };
  /** Every membrane potential; `fired` and `past` replace what the gradient takes for constant. */
  const simulate = (inputs: Arrays, fired?: Float64Array, past?: Float64Array) => {
    const v = new Float64Array(batch * L * H);
    const [s, uBefore, final] = [v.slice(), v.slice(), new Float64Array(batch * H)];
    for (let n = 0; n < batch * H; n++) {
      let u = inputs.u[n];
      for (let t = 0; t < L; t++) {
        const at = (Math.floor(n / H) * L + t) * H + (n % H);
        uBefore[at] = u;
        v[at] = Math.fround(tau) * (past ? past[at] : u) + inputs.x[at];
        s[at] = fired ? fired[at] : v[at] >= 1 ? 1 : 0;
        u = reset === 'hard' ? (1 - s[at]) * v[at] + s[at] * v_reset : v[at] - s[at];
      }
      final[n] = u;
    }
    return { v, s, uBefore, final };
  };
  return {
    name,
    inputs: { x, u: normal(7, [batch, H], start) },
    run: ({ x, u }) => ops.lif(x as tf.Tensor3D, options, u as tf.Tensor2D),
    define: (inputs) => {
      const { s, final } = simulate(inputs);
      return [s, final];
    },
    smooth: (base) => {
      const { s, uBefore } = simulate(base);
      const past = gradient === 'sltt' ? uBefore : undefined;
      return (inputs) => {
        const { v, final } = simulate(inputs, s, past);
        return [v.map((value) => integrals[surrogate](value - 1)), final];
      };
    },
    exact: [0],
  };
}

const noise = normal(1, [2, 9, 3], 1.2);

export const lifCases: Case[] = [
  lifCase('lif', noise),
  lifCase('lif sltt', noise, { gradient: 'sltt' }),
  lifCase('lif tau 0.9', noise, { tau: 0.9 }),
  lifCase('lif soft reset', noise, { tau: 0.75, reset: 'soft' }),
  lifCase('lif soft reset, sltt', noise, { reset: 'soft', gradient: 'sltt' }),
  lifCase('lif v_reset -0.5', noise, { tau: 0.5, v_reset: -0.5 }),
  lifCase('lif triangle', noise, { tau: 0.5, surrogate: 'triangle' }),
  lifCase('lif sigmoid', noise, { tau: 0.5, surrogate: 'sigmoid' }),
  lifCase('lif arctan', noise, { tau: 0.5, surrogate: 'arctan' }),
  lifCase('lif L = 1', normal(2, [3, 1, 5])),
  lifCase('lif one neuron', normal(3, [1, 17, 1])),
  // Long enough for forms that cut the sequence, and cut the pieces again; with a memory that outlasts the pieces.
  lifCase('lif of 75 steps', normal(4, [2, 75, 3], 1.2)),
  lifCase('lif of 64 steps, tau 0.99', normal(5, [1, 64, 2], 0.3), { tau: 0.99 }),
  lifCase('lif of 75 steps, tau 0.95, soft reset', normal(6, [2, 75, 2]), { tau: 0.95, reset: 'soft' }),
  lifCase('lif of 1100 steps, tau 0.9', normal(8, [1, 1100, 1], 0.4), { tau: 0.9 }),
  // On tensorflow one of these neurons begins a span out of step and is left to the host.
  lifCase('lif of 17 neurons, tau 0.9', normal(1, [1, 70, 17], 1.2), { tau: 0.9 }),
  lifCase('lif of 17 neurons, soft reset', normal(2, [1, 70, 17], 0.9), { tau: 0.5, reset: 'soft' }),
  lifCase(
    'lif every step fires',
    tensor([1, 6, 2], () => 1.5),
  ),
  lifCase(
    'lif never fires',
    tensor([1, 6, 2], () => -1),
  ),
  lifCase(
    'lif exactly at the threshold',
    tensor([1, 4, 2], () => 1),
    { tau: 0.5 },
    0,
  ),
];
