import * as ops from '../../../src/ops/index.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { type Case, normal } from '../case.js';

function embeddingCase(name: string, [batch, L]: [number, number], [size, H]: [number, number]): Case {
  const source = random(7);
  const tokens = Int32Array.from({ length: batch * L }, () => Math.floor(source.uniform() * size));
  return {
    name,
    inputs: { table: normal(1, [size, H]) },
    run: ({ table }) => [ops.embedding(table as tf.Tensor2D, tf.tensor2d(tokens, [batch, L], 'int32'))],
    define: ({ table }) => [
      Float64Array.from({ length: batch * L * H }, (_, i) => table[tokens[Math.floor(i / H)] * H + (i % H)]),
    ],
  };
}

export const embeddingCases: Case[] = [
  embeddingCase('embedding', [3, 11], [5, 7]),
  embeddingCase('embedding of one token', [1, 1], [1, 1]),
  embeddingCase('embedding of wide rows', [2, 4], [3, 70]),
];
