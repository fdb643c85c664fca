import * as ops from '../../../src/ops/index.js';
import type * as tf from '../../../src/tf.js';
import { type Case, type Host, normal, tensor } from '../case.js';

const EPS = 1e-5;

/** `own`: of batch norm, for each row whether it counts; default all do. */
function normCase(name: string, kind: 'layer' | 'batch', x: Host, own?: (row: number) => boolean): Case {
  const [rows, H] = x.shape;
  const counting = Array.from({ length: rows }, (_, row) => row).filter(own ?? (() => true));
  const mask = own && tensor([rows], (row) => (own(row) ? 1 : 0));
  return {
    name,
    inputs: { x, weight: normal(2, [H]), bias: normal(3, [H]), ...(mask ? { mask } : {}) },
    differentiate: ['x', 'weight', 'bias'],
    run: ({ x, weight, bias, mask }) => {
      const how = { kind, eps: EPS, mask: mask as tf.Tensor1D | undefined };
      return [ops.norm(x as tf.Tensor2D, weight as tf.Tensor1D, bias as tf.Tensor1D, how).y];
    },
    define: ({ x, weight, bias }) => {
      const peers = (i: number): number[] => {
        const [row, h] = [Math.floor(i / H), i % H];
        return kind === 'layer'
          ? Array.from({ length: H }, (_, c) => x[row * H + c])
          : counting.map((r) => x[r * H + h]);
      };
      return [
        x.map((value, i) => {
          const group = peers(i);
          const mean = group.reduce((sum, v) => sum + v, 0) / group.length;
          const variance = group.reduce((sum, v) => sum + (v - mean) ** 2, 0) / group.length;
          return ((value - mean) / Math.sqrt(variance + EPS)) * weight[i % H] + bias[i % H];
        }),
      ];
    },
  };
}

export const normCases: Case[] = [
  normCase('layer norm 5x7', 'layer', normal(1, [5, 7], 3)),
  normCase('layer norm 1x3', 'layer', normal(4, [1, 3])),
  normCase('batch norm 9x3', 'batch', normal(5, [9, 3], 2)),
  normCase('batch norm 3x1', 'batch', normal(6, [3, 1])),
  normCase(
    'batch norm of 9x3 without 4',
    'batch',
    normal(7, [9, 3], 2),
    (row) => row < 2 || (row > 4 && row < 8),
  ),
  normCase('batch norm of 67x3 without some', 'batch', normal(8, [67, 3]), (row) => row < 40 || row === 66),
];
