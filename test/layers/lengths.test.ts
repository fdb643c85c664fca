import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import type { SpikingSSM } from '../../src/layers/spiking-ssm.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';

const model = models({
  inputs: { kind: 'real', size: 2 },
  classes: 3,
  H: 6,
  N: 4,
  layers: 2,
  dt_min: 0.05,
  dt_max: 0.5,
  v_th: 0.2,
  seed: 3,
});
const LENGTHS = [9, 5, 2];

/** Three sequences of true lengths `LENGTHS`, the same ones each time, with other numbers behind them to length L. */
function padded(L: number, seed: number): tf.Tensor3D {
  const [own, rest] = [random(1), random(seed)];
  const x = LENGTHS.map((length) => [
    ...Array.from({ length }, () => [3 * own.normal(), 3 * own.normal()]),
    ...Array.from({ length: L - length }, () => [5 * rest.normal(), 5 * rest.normal()]),
  ]);
  return tf.tensor3d(x);
}

/** Logits, and gradients of a loss, of sequences with their lengths. */
function results(
  of: SpikingSSM,
  x: tf.Tensor3D,
  lengths: number[],
  training: boolean,
): Record<string, Float32Array> {
  const found: Record<string, Float32Array> = {};
  const { value, grads } = tf.variableGrads(() => {
    const logits = of.apply(x, { training, random: random(5), lengths: Int32Array.from(lengths) });
    found.logits = logits.dataSync<'float32'>().slice();
    return tf.sum(tf.mul(logits, tf.tensor2d([[1, -2, 0.5]])));
  }, Object.values(of.parameters));
  value.dispose();
  for (const [name, variable] of Object.entries(of.parameters)) {
    found[name] = grads[variable.name].dataSync<'float32'>().slice();
  }
  tf.dispose(grads);
  for (const [name, buffer] of Object.entries(of.buffers)) found[name] = buffer.dataSync<'float32'>().slice();
  return found;
}

const backends = (['cpu', 'native'] as const).filter((name) => availableBackends()[name] === true);

describe.each(backends)('padding on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend('cpu'));

  const cases = [true, false].flatMap((bidirectional) =>
    (['mean', 'last'] as const).flatMap((pool) =>
      [
        { norm: { placement: 'none', kind: 'layer' } as const, dropout: 0.2 },
        { norm: { placement: 'pre', kind: 'batch' } as const, dropout: 0 },
        { norm: { placement: 'post', kind: 'batch' } as const, dropout: 0 },
        { norm: { placement: 'pre', kind: 'layer' } as const, dropout: 0 },
      ].map((options) => ({ bidirectional, pool, ...options })),
    ),
  );

  test.each(cases)(
    'changes nothing: bidirectional $bidirectional, pool $pool, norm $norm.placement $norm.kind',
    (options) => {
      for (const training of [true, false]) {
        const [short, long] = [9, 14].map((L, i) => {
          const x = padded(L, 10 + i);
          const found = results(model(options), x, LENGTHS, training);
          x.dispose();
          return found;
        });
        for (const name of Object.keys(short)) expectClose(long[name], short[name], 2e-5, name, 1e-4);
      }
    },
  );

  test.each([true, false])('gives what each sequence gives alone, bidirectional %s', (bidirectional) => {
    const one = model({ bidirectional });
    const x = padded(14, 10);
    const together = results(one, x, LENGTHS, true);
    const alone = LENGTHS.map((length, b) => {
      const own = tf.slice(x, [b, 0, 0], [1, length, 2]);
      const found = results(one, own, [length], true);
      own.dispose();
      return found;
    });
    x.dispose();
    expectClose(
      together.logits,
      alone.flatMap(({ logits }) => [...logits]),
      2e-5,
      'logits',
    );
    for (const name of Object.keys(one.parameters)) {
      const sum = alone[0][name].map((value, i) => value + alone[1][name][i] + alone[2][name][i]);
      expectClose(together[name], sum, 2e-5, name, 1e-4);
    }
  });
});

test('spikes come of the numbers that were fed', () => {
  // Otherwise equal results would prove little.
  const x = padded(9, 10);
  let spikes = 0;
  tf.tidy(() =>
    model().apply(x, {
      probe: ({ name, value }) => {
        if (name === 'spikes') spikes += value.sum().dataSync()[0];
      },
    }),
  );
  x.dispose();
  expect(spikes).toBeGreaterThan(50);
});

test.each([[[9, 5]], [[9, 5, 0]], [[9, 5, 15]]])('refuses lengths %j', (lengths) => {
  const x = padded(14, 10);
  expect(() => model().apply(x, { lengths: Int32Array.from(lengths) })).toThrow(
    /^apply: lengths must be 3 numbers in \[1, 14\], got/,
  );
  x.dispose();
});
