import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { type SpikingSSMOptions, spikingSSMConfig } from '../../src/layers/config.js';
import { s4dLayer } from '../../src/layers/s4d.js';
import { spikingBlock } from '../../src/layers/spiking-block.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { lif } from '../../src/neurons/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';

const SIZES = { inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 4, norm: 'none' } as const;

beforeAll(() => useBackend('cpu'));

test('the norm that nobody names is batch norm before each block, or layer norm where every step has its answer', () => {
  const { norm: _, ...sizes } = SIZES;
  const normOf = (options: Partial<SpikingSSMOptions>) =>
    spikingSSMConfig({ ...sizes, ...options }).config.norm;
  expect(normOf({})).toEqual({ placement: 'pre', kind: 'batch' });
  expect(normOf({ pool: 'last' })).toEqual({ placement: 'pre', kind: 'batch' });
  expect(normOf({ pool: 'none' })).toEqual({ placement: 'pre', kind: 'layer' });
  expect(normOf({ norm: 'none' })).toEqual({ placement: 'none', kind: 'layer' });
  expect(normOf({ pool: 'none', norm: 'batch' })).toEqual({ placement: 'pre', kind: 'batch' });
});

describe('options of spikingSSM', () => {
  const cases: [string, object, RegExp][] = [
    ['odd N', { N: 5 }, /^spikingSSM: N must be even, because modes come in conjugate pairs, got 5$/],
    ['no N', { N: 0 }, /^spikingSSM: N must be a whole number of at least 1, got 0$/],
    [
      'no classes',
      { classes: undefined },
      /^spikingSSM: classes must be a whole number of at least 1, got 0$/,
    ],
    [
      'part of a layer',
      { layers: 1.5 },
      /^spikingSSM: layers must be a whole number of at least 1, got 1\.5$/,
    ],
    ['dropout 1', { dropout: 1 }, /^spikingSSM: dropout must be in \[0, 1\), got 1$/],
    [
      'steps the wrong way round',
      { dt_min: 0.2 },
      /dt_min and dt_max must be 0 < dt_min <= dt_max, got 0\.2 and 0\.1$/,
    ],
    ['v_th 0', { v_th: 0 }, /^spikingSSM: v_th must be positive and finite, got 0$/],
    ['seed', { seed: 0.5 }, /^random: seed must be a whole number, got 0\.5$/],
    [
      'unknown option',
      { dropuot: 0.1 },
      /^spikingSSM: unknown option "dropuot" \(did you mean "dropout"\? known: .*seed/,
    ],
    [
      'unknown neuron',
      { neuron: 'sdm' },
      /^spikingSSM: unknown neuron "sdm" \(did you mean "sdn"\? known: lif, bptt, sltt, sdn, sdn-spike, gelu\)$/,
    ],
    [
      'unknown threshold',
      { threshold: 'fixt' },
      /^spikingSSM: unknown threshold "fixt" \(did you mean "fixed"\?/,
    ],
    ['unknown init', { init: 's4dLegz' }, /^spikingSSM: unknown init "s4dLegz" \(did you mean "s4dLegs"\?/],
    ['unknown pool', { pool: 'max' }, /^spikingSSM: unknown pool "max" .*known: mean, last, none\)$/],
    [
      'unknown norm',
      { norm: { placement: 'pre', kind: 'bach' } },
      /^spikingSSM: unknown norm\.kind "bach" \(did you mean "batch"\?/,
    ],
    [
      'unknown option of norm',
      { norm: { place: 'pre' } },
      /^spikingSSM: norm: unknown option "place" \(did you mean "placement"\? known: placement, kind\)$/,
    ],
    [
      'unknown option of inputs',
      { inputs: { sise: 2 } },
      /^spikingSSM: inputs: unknown option "sise" \(did you mean "size"\?/,
    ],
    [
      'unknown input',
      { inputs: { kind: 'token', size: 3 } },
      /^spikingSSM: unknown inputs\.kind "token" \(did you mean "tokens"\?/,
    ],
  ];

  test.each(cases)('%s, and no tensor is left behind', (_, options, message) => {
    const before = tf.memory().numTensors;
    expect(() => spikingSSM({ ...SIZES, ...options } as SpikingSSMOptions)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a layer and a block on their own check theirs too', () => {
    const options = {
      H: 4,
      N: 3,
      bidirectional: false,
      trainableB: false,
      init: 's4dLin' as const,
      dt_min: 0.001,
      dt_max: 0.1,
    };
    expect(() => s4dLayer(options, random(0))).toThrow(/^s4dLayer: N must be even, .* got 3$/);
    const block = { ...options, N: 4, neuron: lif(), threshold: 'fixed' as const, v_th: -1, dropout: 0 };
    expect(() => spikingBlock(block, random(0))).toThrow(
      /^spikingBlock: v_th must be positive and finite, got -1$/,
    );
  });
});

describe('inputs of a model', () => {
  let real: ReturnType<typeof spikingSSM>;
  let tokens: ReturnType<typeof spikingSSM>;
  beforeAll(() => {
    real = spikingSSM(SIZES);
    tokens = spikingSSM({ ...SIZES, inputs: { kind: 'tokens', size: 18 } });
  });
  afterAll(() => {
    real.dispose();
    tokens.dispose();
  });
  const apply =
    (x: () => tf.Tensor, of = real) =>
    () =>
      tf.tidy(() => of.apply(x()));
  const step =
    (x: () => tf.Tensor, of = real) =>
    () =>
      tf.tidy(() => of.step(x(), of.initialState(2))[0]);

  test('shape, rank and dtype', () => {
    expect(apply(() => tf.zeros([2, 5, 3]))).toThrow(
      new RangeError('apply: x must be [*, *, 2], got [2, 5, 3]'),
    );
    expect(apply(() => tf.zeros([2, 5]))).toThrow(new RangeError('apply: x must be [*, *, 2], got [2, 5]'));
    expect(apply(() => tf.zeros([2, 5, 2], 'int32'))).toThrow(
      /^apply: x must be float32, got int32 \(convert it/,
    );
    expect(apply(() => tf.zeros([2, 5]), tokens)).toThrow(
      /^apply: x must be int32, got float32 \(convert it/,
    );
    expect(step(() => tf.zeros([2, 1, 2]))).toThrow(new RangeError('step: x must be [*, 2], got [2, 1, 2]'));
  });

  test.each([[[0, 5, 2]], [[2, 0, 2]]])('empty: %j', (shape) => {
    expect(apply(() => tf.zeros(shape))).toThrow(
      new RangeError(
        `apply: x must be [*, *, 2], got [${shape.join(', ')}] (an empty batch or axis has no result)`,
      ),
    );
  });

  test.each([Number.NaN, Infinity, -Infinity])('%d is named with its place', (value) => {
    const values = new Float32Array(2 * 5 * 2);
    values[(1 * 5 + 3) * 2 + 1] = value;
    expect(apply(() => tf.tensor3d(values, [2, 5, 2]))).toThrow(
      new RangeError(`apply: x must hold finite numbers, got ${value} at example 1, step 3, channel 1`),
    );
    expect(step(() => tf.tensor2d([0, 0, value, 0], [2, 2]))).toThrow(
      new RangeError(`step: x must hold finite numbers, got ${value} at example 1, channel 0`),
    );
  });

  test.each([-1, 18])('token %i is outside the vocabulary', (token) => {
    expect(apply(() => tf.tensor2d([0, 17, 3, token], [2, 2], 'int32'), tokens)).toThrow(
      new RangeError(`apply: x must hold token numbers in [0, 18), got ${token} at example 1, step 1`),
    );
  });

  test('lengths', () => {
    const run = (lengths: number[]) => () =>
      tf.tidy(() => real.apply(tf.zeros([2, 5, 2]), { lengths: Int32Array.from(lengths) }));
    expect(run([5])).toThrow(new RangeError('apply: lengths must be 2 numbers in [1, 5], got [5]'));
    expect(run([0, 6])).toThrow(new RangeError('apply: lengths must be 2 numbers in [1, 5], got [0, 6]'));
  });

  test('a state of another batch size', () => {
    const run = () => tf.tidy(() => real.step(tf.zeros([3, 2]), real.initialState(2))[0]);
    expect(run).toThrow(/^s4d: state must be \[3, 4, 2, 2\], got \[2, 4, 2, 2\]$/);
  });

  test('step of a bidirectional model', () => {
    const model = spikingSSM({ ...SIZES, bidirectional: true });
    expect(step(() => tf.zeros([2, 2]), model)).toThrow(
      new RangeError(
        'step: a bidirectional model needs the whole sequence (use apply, or bidirectional: false)',
      ),
    );
    model.dispose();
  });

  test('batch norm of a single value in training', () => {
    const model = spikingSSM({ ...SIZES, norm: { placement: 'pre', kind: 'batch' } });
    expect(() => tf.tidy(() => model.apply(tf.zeros([1, 1, 2]), { training: true }))).toThrow(
      new RangeError(
        "norm: batch norm needs at least 2 values a channel to train, got 1 (take more examples a step, or norm: 'layer')",
      ),
    );
    model.dispose();
  });

  test('dropout without a source of random numbers', () => {
    const model = spikingSSM({ ...SIZES, dropout: 0.1 });
    expect(() => tf.tidy(() => model.apply(tf.zeros([1, 3, 2]), { training: true }))).toThrow(
      /^dropout: training needs a source of random numbers/,
    );
    model.dispose();
  });
});
