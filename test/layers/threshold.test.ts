import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import type { Probe } from '../../src/layers/model.js';
import { type SpikingBlock, type SpikingBlockOptions, spikingBlock } from '../../src/layers/spiking-block.js';
import { lif } from '../../src/neurons/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { normal } from '../ops/case.js';

beforeAll(() => useBackend('cpu'));

const OPTIONS: SpikingBlockOptions = {
  H: 4,
  N: 8,
  bidirectional: false,
  trainableB: false,
  init: 's4dLin',
  dt_min: 0.01,
  dt_max: 0.1,
  neuron: lif({ tau: 0.5 }),
  threshold: 'learnable',
  v_th: 1,
  dropout: 0,
};

const block = (options: Partial<SpikingBlockOptions> = {}) =>
  spikingBlock({ ...OPTIONS, ...options }, random(5));

/** What enters and leaves the neurons. */
function signals(of: SpikingBlock, scale = 1): Record<Probe['name'], number[]> {
  const seen: Record<Probe['name'], number[]> = { current: [], spikes: [], output: [] };
  tf.tidy(() => {
    const x = tf.tensor3d(normal(3, [2, 21, 4], scale).values, [2, 21, 4]);
    of.apply(x, { probe: (name, value) => seen[name].push(...value.dataSync()) });
  });
  return seen;
}

describe('the threshold', () => {
  test.each([
    ['fixed', undefined, [1]],
    ['learnable', [4, 1], undefined],
    ['shared', [1], undefined],
  ] as const)('%s: is a parameter of shape %j, a buffer of shape %j', (threshold, parameter, buffer) => {
    const { parameters, buffers } = block({ threshold });
    expect(parameters.ln_vth?.shape).toEqual(parameter);
    expect(buffers.ln_vth?.shape).toEqual(buffer);
  });

  test.each(['fixed', 'learnable', 'shared'] as const)('%s: starts at ln v_th', (threshold) => {
    for (const v_th of [1, 0.4, 3]) {
      const made = block({ threshold, v_th });
      const { ln_vth } = { ...made.parameters, ...made.buffers };
      for (const value of ln_vth.dataSync()) expect(value).toBeCloseTo(Math.log(v_th), 6);
    }
  });

  test.each([0.25, 2])('v_th = %d with input x gives the spikes of v_th = 1 with x / v_th', (v_th) => {
    // Powers of two, so that the scaling itself rounds nothing.
    const high = signals(block({ v_th }));
    const scaled = signals(block(), 1 / v_th);
    expect(high.spikes).toEqual(scaled.spikes);
    expectClose(high.current, scaled.current, 1e-6, 'current');
    expect(new Set(high.spikes)).toEqual(new Set([0, 1]));
  });

  test('one threshold a channel acts on its channel alone', () => {
    const [plain, raised] = [block(), block()];
    tf.tidy(() => raised.parameters.ln_vth.assign(tf.tensor2d([0, Math.log(4), 0, 0], [4, 1])));
    const [before, after] = [signals(plain).current, signals(raised).current];
    expectClose(
      after,
      before.map((value, i) => (i % 4 === 1 ? value / 4 : value)),
      1e-6,
      'current',
    );
  });

  test('a fixed one has no gradient, a learnable one has', () => {
    for (const threshold of ['fixed', 'learnable', 'shared'] as const) {
      const made = block({ threshold });
      const ln_vth = { ...made.parameters, ...made.buffers }.ln_vth;
      const { grads } = tf.tidy(() =>
        tf.variableGrads(() => {
          const x = tf.tensor3d(normal(3, [2, 21, 4]).values, [2, 21, 4]);
          return tf.sum(tf.square(made.apply(x)[0]));
        }),
      );
      expect(ln_vth.name in grads).toBe(threshold !== 'fixed');
      if (threshold !== 'fixed') expect(grads[ln_vth.name].shape).toEqual(ln_vth.shape);
    }
  });
});
