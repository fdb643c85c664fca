import { describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import { gelu } from '../../src/ops/index.js';
import * as tf from '../../src/tf.js';

/** Phi(x) for x < -2, by the continued fraction of the complementary error function. */
function tail(x: number): number {
  let denominator = -x;
  for (let n = 200; n > 0; n--) denominator = -x + n / denominator;
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / denominator;
}

describe.skipIf(availableBackends().native !== true)('gelu on native', () => {
  test('keeps its relative precision where little is left of x', async () => {
    await useBackend('native');
    const x = Float32Array.from({ length: 1000 }, (_, i) => -2.5 - i / 100);
    const y = tf.tidy(() => gelu(tf.tensor3d(x, [1, 1000, 1])).dataSync());
    const worst = Math.max(...y.map((value, i) => Math.abs(value / (x[i] * tail(x[i])) - 1)));
    expect(worst).toBeLessThan(6 * 2 ** -23);
  });

  test('has its limits at infinity and passes NaN on', async () => {
    await useBackend('native');
    const x = tf.tensor3d([-1e30, -20, -0, 0, 20, 1e30, NaN], [1, 7, 1]);
    const [y, dx] = tf.tidy(() =>
      [gelu(x), tf.grad((of) => gelu(of as tf.Tensor3D))(x)].map((of) => of.dataSync()),
    );
    expect(Array.from(y)).toEqual([-0, -0, -0, 0, 20, Math.fround(1e30), NaN]);
    expect(Array.from(dx)).toEqual([0, 0, 0.5, 0.5, 1, 1, NaN]);
    x.dispose();
  });
});
