import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import * as ops from '../../src/ops/index.js';
import * as tf from '../../src/tf.js';

beforeAll(() => useBackend('cpu'));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const zeros = <R extends tf.Rank>(...shape: number[]) => tf.zeros<R>(shape as tf.ShapeMap[R]);
const x = () => zeros<tf.Rank.R3>(2, 5, 3);

describe('lif', () => {
  test.each<[string, () => unknown, string]>([
    [
      'tau too large',
      () => ops.lif(x(), { tau: 2 }),
      'lif: tau must be in (0, 1), got 2 (for a time constant of T steps pass exp(-1/T))',
    ],
    [
      'tau 1',
      () => ops.lif(x(), { tau: 1 }),
      'lif: tau must be in (0, 1), got 1 (for a time constant of T steps pass exp(-1/T))',
    ],
    ['tau 0', () => ops.lif(x(), { tau: 0 }), 'lif: tau must be in (0, 1), got 0'],
    ['tau negative', () => ops.lif(x(), { tau: -0.5 }), 'lif: tau must be in (0, 1), got -0.5'],
    ['tau no number', () => ops.lif(x(), { tau: Number.NaN }), 'lif: tau must be in (0, 1), got NaN'],
    [
      'v_reset at the threshold',
      () => ops.lif(x(), { v_reset: 1 }),
      'lif: v_reset must lie below the threshold 1, got 1',
    ],
    ['rank', () => ops.lif(zeros(2, 5)), 'lif: x must be [*, *, *], got [2, 5]'],
    [
      'empty batch',
      () => ops.lif(zeros(0, 5, 3)),
      'lif: x must be [*, *, *], got [0, 5, 3] (an empty batch or axis has no result)',
    ],
    [
      'no step',
      () => ops.lif(zeros(2, 0, 3)),
      'lif: x must be [*, *, *], got [2, 0, 3] (an empty batch or axis has no result)',
    ],
    ['state of another width', () => ops.lif(x(), {}, zeros(2, 4)), 'lif: u must be [2, 3], got [2, 4]'],
  ])('%s', (_, run, message) => expect(run).toThrow(new RangeError(message)));

  test.each<[string, () => unknown, RegExp]>([
    [
      'a misspelt option',
      () => ops.lif(x(), { tua: 0.5 } as ops.LifOptions),
      /^lif: unknown option "tua" \(did you mean "tau"\? known: tau, reset, v_reset, surrogate, gradient\)$/,
    ],
    [
      'a reset',
      () => ops.lif(x(), { reset: 'sofd' as 'soft' }),
      /^lif: unknown reset "sofd" \(did you mean "soft"\? known: hard, soft\)$/,
    ],
    [
      'a gradient',
      () => ops.lif(x(), { gradient: 'stlt' as 'sltt' }),
      /^lif: unknown gradient "stlt" \(did you mean "sltt"\?/,
    ],
    [
      'a surrogate',
      () => ops.lif(x(), { surrogate: 'arctann' as 'arctan' }),
      /^lif: unknown surrogate "arctann" \(did you mean "arctan"\? known: piecewise-quadratic, triangle, sigmoid, arctan\)$/,
    ],
    [
      'a dtype',
      () => ops.lif(tf.zeros([2, 5, 3], 'int32')),
      /^lif: x must be float32, got int32 \(convert it with x\.cast\('float32'\)\)$/,
    ],
  ])('names %s', (_, run, message) => {
    expect(run).toThrow(TypeError);
    expect(run).toThrow(message);
  });
});

describe('s4d', () => {
  const parameters = (): Required<ops.S4dParameters> => ({
    log_dt: zeros(3),
    log_A_real: zeros(3, 4),
    A_imag: zeros(3, 4),
    B: zeros(3, 4, 2),
    C: zeros(1, 3, 4, 2),
    D: zeros(3),
  });

  test.each<[string, () => Partial<ops.S4dParameters>, string]>([
    ['log_dt', () => ({ log_dt: zeros(4) }), 's4d: log_dt must be [3], got [4]'],
    ['log_A_real', () => ({ log_A_real: zeros(3, 2) }), 's4d: log_A_real must be [3, 4], got [3, 2]'],
    ['A_imag', () => ({ A_imag: zeros(2, 4) }), 's4d: A_imag must be [3, *], got [2, 4]'],
    ['B', () => ({ B: zeros(3, 4, 1) }), 's4d: B must be [3, 4, 2], got [3, 4, 1]'],
    ['C', () => ({ C: zeros(1, 3, 3, 2) }), 's4d: C must be [*, 3, 4, 2], got [1, 3, 3, 2]'],
    ['three kernels', () => ({ C: zeros(3, 3, 4, 2) }), 's4d: C must hold 1 or 2 kernels, got 3'],
    ['D', () => ({ D: zeros(1) }), 's4d: D must be [3], got [1]'],
  ])('%s of the wrong shape', (_, wrong, message) => {
    expect(() => ops.s4d(x(), { ...parameters(), ...wrong() })).toThrow(new RangeError(message));
  });

  test('x and state', () => {
    expect(() => ops.s4d(zeros(0, 5, 3), parameters())).toThrow(/^s4d: x must be .* \(an empty batch/);
    expect(() => ops.s4d(x(), parameters(), zeros(1, 3, 4, 2))).toThrow(
      new RangeError('s4d: state must be [2, 3, 4, 2], got [1, 3, 4, 2]'),
    );
  });
});

describe.each(['sdn', 'sdnSpike'] as const)('%s', (name) => {
  const weights = (): ops.SdnWeights => ({
    w1: zeros(8, 1, 8),
    b1: zeros(8),
    w2: zeros(8, 8, 1),
    b2: zeros(8),
    w3: zeros(1, 8, 1),
    b3: zeros(1),
  });
  const run = (wrong: Partial<ops.SdnWeights>, past?: tf.Tensor3D, scale?: tf.Tensor2D) =>
    name === 'sdn'
      ? ops.sdn(x(), { ...weights(), ...wrong }, {}, past, scale)
      : ops.sdnSpike(x(), { ...weights(), ...wrong }, {}, past, scale);

  test('weights, past and scale of the wrong shape', () => {
    expect(() => run({ w1: zeros(8, 1, 7) })).toThrow(
      new RangeError(`${name}: w1 must be [8, 1, 8], got [8, 1, 7]`),
    );
    expect(() => run({ w2: zeros(8, 8) })).toThrow(
      new RangeError(`${name}: w2 must be [8, 8, 1], got [8, 8]`),
    );
    expect(() => run({}, zeros(2, 7, 3))).toThrow(
      new RangeError(`${name}: past must be [2, 8, 3], got [2, 7, 3]`),
    );
    expect(() => run({}, undefined, zeros(2, 5))).toThrow(
      new RangeError(`${name}: scale must be [2, 3], got [2, 5]`),
    );
  });
});

test.each<[string, () => unknown, string]>([
  ['affine', () => ops.affine(zeros(2, 3), zeros(4, 5), zeros(5)), 'affine: w must be [3, *], got [4, 5]'],
  [
    'spikeMatmul',
    () => ops.spikeMatmul(zeros(2, 3), zeros(3, 5), zeros(4)),
    'spikeMatmul: b must be [5], got [4]',
  ],
  ['glu', () => ops.glu(zeros(2, 3)), 'glu: x must have an even number of columns, got 3'],
  [
    'norm',
    () => ops.norm(zeros(2, 3), zeros(2), zeros(3), { kind: 'layer' }),
    'norm: weight must be [3], got [2]',
  ],
  [
    'norm, mask',
    () => ops.norm(zeros(2, 3), zeros(3), zeros(3), { kind: 'batch', mask: zeros(3) }),
    'norm: mask must be [2], got [3]',
  ],
  [
    'crossEntropy',
    () => ops.crossEntropy(zeros(2, 3), tf.tensor1d([0], 'int32')),
    'crossEntropy: y must be [2], got [1]',
  ],
  ['gelu, scale', () => ops.gelu(x(), zeros(2, 5)), 'gelu: scale must be [2, 3], got [2, 5]'],
])('%s of the wrong shape', (_, run, message) => expect(run).toThrow(new RangeError(message)));

test('layer norm takes no mask', () => {
  expect(() => ops.norm(zeros(2, 3), zeros(3), zeros(3), { kind: 'layer', mask: zeros(2) })).toThrow(
    new TypeError('norm: layer norm takes no mask (each row has statistics of its own), leave it out'),
  );
});
