import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Arrays, type Case, type Host, normal, tensor } from '../case.js';
import { integrals } from './surrogates.js';

/** p for every step, of the window that begins `first` steps before it. */
function predictions(inputs: Arrays, [, L, H]: number[], first: number): Float64Array {
  const { x, past, w1, b1, w2, b2, w3, b3 } = inputs;
  return x.map((_, at) => {
    const [b, t, h] = [Math.floor(at / (L * H)), Math.floor(at / H) % L, at % H];
    const input = (step: number): number =>
      step < 0 ? past[(b * 8 + step + 8) * H + h] : x[(b * L + step) * H + h];
    const channels = Array.from({ length: 8 }, (_, c) => c);
    const sum = (of: (i: number) => number): number => channels.reduce((total, i) => total + of(i), 0);
    const a = channels.map((c) => Math.max(0, b1[c] + sum((k) => w1[c * 8 + k] * input(t - first + k))));
    const hidden = channels.map((c) => Math.max(0, b2[c] + a[c] + sum((j) => w2[c * 8 + j] * a[j])));
    return b3[0] + sum((c) => w3[c] * hidden[c]);
  });
}

/** What is carried: the last eight inputs. */
function lastInputs({ x, past }: Arrays, [, L, H]: number[]): Float64Array {
  return past.map((_, at) => {
    const [b, k, h] = [Math.floor(at / (8 * H)), Math.floor(at / H) % 8, at % H];
    const step = L - 8 + k;
    return step < 0 ? past[(b * 8 + step + 8) * H + h] : x[(b * L + step) * H + h];
  });
}

function inputsFor(x: Host): Case['inputs'] {
  const [batch, , H] = x.shape;
  return {
    x,
    past: normal(8, [batch, 8, H]),
    w1: normal(11, [8, 1, 8], 0.4),
    b1: normal(12, [8], 0.3),
    w2: normal(13, [8, 8, 1], 0.3),
    b2: normal(14, [8], 0.3),
    w3: normal(15, [1, 8, 1], 0.4),
    b3: normal(16, [1], 0.3),
  };
}

/** What a spike of each neuron counts. */
function scaleFor({ shape: [batch, , H] }: Host): Case['inputs'] {
  return { scale: tensor([batch, H], (i) => 0.5 + (i % 3)) };
}

function factorAt({ scale }: Arrays, { shape: [, L, H] }: Host, at: number): number {
  return scale?.[Math.floor(at / (L * H)) * H + (at % H)] ?? 1;
}

function weightsOf({ w1, b1, w2, b2, w3, b3 }: Record<string, tf.Tensor>): ops.SdnWeights {
  return { w1, b1, w2, b2, w3, b3 } as ops.SdnWeights;
}

function sdnCase(
  name: string,
  x: Host,
  surrogate: 'piecewise-quadratic' | 'arctan' = 'piecewise-quadratic',
  scaled = false,
): Case {
  return {
    name,
    inputs: { ...inputsFor(x), ...(scaled ? scaleFor(x) : {}) },
    differentiate: Object.keys(inputsFor(x)),
    run: (inputs) =>
      ops
        .sdn(
          inputs.x as tf.Tensor3D,
          weightsOf(inputs),
          { surrogate },
          inputs.past as tf.Tensor3D,
          inputs.scale as tf.Tensor2D | undefined,
        )
        .slice(0, 2) as tf.Tensor[],
    define: (inputs) => {
      const p = predictions(inputs, x.shape, 8);
      return [
        p.map((value, at) => (value + inputs.x[at] >= 1 ? factorAt(inputs, x, at) : 0)),
        lastInputs(inputs, x.shape),
      ];
    },
    smooth: (base) => {
      const p = predictions(base, x.shape, 8); // constant to the gradient
      return (inputs) => [
        p.map((value, at) => factorAt(inputs, x, at) * integrals[surrogate](value + inputs.x[at] - 1)),
        lastInputs(inputs, x.shape),
      ];
    },
    exact: [0],
  };
}

function sdnSpikeCase(name: string, x: Host, options: ops.SdnSpikeOptions = {}, scaled = false): Case {
  const surrogate = (options.surrogate ?? 'piecewise-quadratic') as keyof typeof integrals;
  // What the step and the network are to the gradient: the current itself, or the integral of its surrogate.
  const passed = (current: number): number =>
    options.gradient === 'surrogate' ? integrals[surrogate](current - 1) : current;
  return {
    name,
    inputs: { ...inputsFor(x), ...(scaled ? scaleFor(x) : {}) },
    differentiate: Object.keys(inputsFor(x)),
    run: (inputs) =>
      ops.sdnSpike(
        inputs.x as tf.Tensor3D,
        weightsOf(inputs),
        options,
        inputs.past as tf.Tensor3D,
        inputs.scale as tf.Tensor2D | undefined,
      ),
    define: (inputs) => [
      predictions(inputs, x.shape, 7).map((p, at) => (p >= 0.5 ? factorAt(inputs, x, at) : 0)),
      lastInputs(inputs, x.shape),
    ],
    smooth: (base) => (inputs) => [
      inputs.x.map((current, at) => factorAt(base, x, at) * passed(current)),
      lastInputs(inputs, x.shape),
    ],
    exact: [0],
  };
}

export const sdnCases: Case[] = [
  sdnCase('sdn', normal(1, [2, 11, 3])),
  sdnCase('sdn arctan', normal(1, [2, 11, 3]), 'arctan'),
  sdnCase('sdn scaled', normal(1, [2, 11, 3]), 'piecewise-quadratic', true),
  sdnCase('sdn L = 1', normal(2, [3, 1, 2])),
  sdnCase('sdn L = 8', normal(3, [1, 8, 1])),
  sdnCase(
    'sdn every step fires',
    tensor([1, 10, 2], () => 30),
  ),
  sdnCase(
    'sdn never fires',
    tensor([1, 10, 2], () => -30),
  ),
  sdnSpikeCase('sdnSpike', normal(4, [2, 11, 3])),
  sdnSpikeCase('sdnSpike L = 1', normal(5, [3, 1, 2])),
  sdnSpikeCase('sdnSpike scaled', normal(6, [2, 6, 3]), {}, true),
  sdnSpikeCase('sdnSpike L = 5, H = 17', normal(7, [1, 5, 17])),
  sdnSpikeCase('sdnSpike L = 70', normal(9, [1, 70, 1])),
  sdnSpikeCase('sdnSpike, slope of the surrogate', normal(4, [2, 11, 3]), { gradient: 'surrogate' }),
  sdnSpikeCase('sdnSpike, slope scaled', normal(6, [2, 6, 19]), { gradient: 'surrogate' }, true),
  ...(['triangle', 'sigmoid', 'arctan'] as const).map((surrogate) =>
    sdnSpikeCase(`sdnSpike, slope of ${surrogate}`, normal(10, [2, 9, 5]), {
      gradient: 'surrogate',
      surrogate,
    }),
  ),
];
