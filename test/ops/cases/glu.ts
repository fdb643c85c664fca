import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Case, type Host, normal } from '../case.js';

/** `more`: inputs scale and residual, each or none. */
function gluCase(name: string, x: Host, more: Record<string, Host> = {}): Case {
  const [rows, width] = x.shape;
  const H = width / 2;
  return {
    name,
    inputs: { x, ...more },
    run: ({ x, ...given }) => [ops.glu(x as tf.Tensor2D, given)],
    define: ({ x, scale, residual }) => [
      Float64Array.from({ length: rows * H }, (_, i) => {
        const at = Math.floor(i / H) * width + (i % H);
        const each = rows / ((scale?.length ?? H) / H);
        const factor = scale?.[Math.floor(Math.floor(i / H) / each) * H + (i % H)] ?? 1;
        return (residual?.[i] ?? 0) + (factor * x[at]) / (1 + Math.exp(-x[at + H]));
      }),
    ],
    differentiate: Object.keys({ x, ...more }).filter((input) => input !== 'scale'),
  };
}

export const gluCases: Case[] = [
  gluCase('glu 7x10', normal(1, [7, 10], 2)),
  gluCase('glu 1x2', normal(2, [1, 2])),
  gluCase('glu of large values', normal(3, [3, 6], 30)),
  gluCase('glu scaled', normal(4, [6, 38]), { scale: normal(5, [2, 19]) }),
  gluCase('glu with residual', normal(6, [6, 8]), { residual: normal(7, [6, 4]) }),
  gluCase('glu scaled with residual', normal(8, [6, 8]), {
    scale: normal(9, [3, 4]),
    residual: normal(10, [6, 4]),
  }),
];
