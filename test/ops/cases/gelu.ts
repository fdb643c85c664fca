import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Case, type Host, normal, tensor } from '../case.js';

/** Its power series, which float64 sums well for |z| < 4; beyond, erf is 1 to 1e-8. */
function erf(z: number): number {
  if (Math.abs(z) >= 4) return Math.sign(z);
  let [sum, power] = [0, z];
  for (let n = 0; n < 80; n++) {
    sum += power / (2 * n + 1);
    power *= (-z * z) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function geluCase(name: string, x: Host, scale?: Host): Case {
  const [, L, H] = x.shape;
  return {
    name,
    inputs: scale ? { x, scale } : { x },
    differentiate: ['x'],
    run: (given) => [ops.gelu(given.x as tf.Tensor3D, given.scale as tf.Tensor2D | undefined)],
    define: (given) => [
      given.x.map((value, at) => {
        const factor = given.scale?.[Math.floor(at / (L * H)) * H + (at % H)] ?? 1;
        return factor * 0.5 * value * (1 + erf(value / Math.SQRT2));
      }),
    ],
  };
}

export const geluCases: Case[] = [
  geluCase('gelu 2x5x3', normal(1, [2, 5, 3], 2)),
  geluCase('gelu 1x1x1', normal(2, [1, 1, 1])),
  geluCase('gelu 1x7x37', normal(4, [1, 7, 37], 2)),
  geluCase('gelu of large values', normal(3, [1, 6, 4], 20)),
  geluCase(
    'gelu scaled',
    normal(5, [3, 4, 19], 2),
    tensor([3, 19], (i) => (i % 3) / 2),
  ),
];
