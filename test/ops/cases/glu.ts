import type * as tf from '@tensorflow/tfjs';
import * as ops from '../../../src/ops/index.js';
import { type Case, type Host, normal } from '../case.js';

function gluCase(name: string, x: Host): Case {
  const [rows, width] = x.shape;
  const H = width / 2;
  return {
    name,
    inputs: { x },
    run: ({ x }) => [ops.glu(x as tf.Tensor2D)],
    define: ({ x }) => [
      Float64Array.from({ length: rows * H }, (_, i) => {
        const at = Math.floor(i / H) * width + (i % H);
        return x[at] / (1 + Math.exp(-x[at + H]));
      }),
    ],
  };
}

export const gluCases: Case[] = [
  gluCase('glu 7x10', normal(1, [7, 10], 2)),
  gluCase('glu 1x2', normal(2, [1, 2])),
  gluCase('glu of large values', normal(3, [3, 6], 30)),
];
