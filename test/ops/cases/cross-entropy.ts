import * as ops from '../../../src/ops/index.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { type Case, type Host, normal, tensor } from '../case.js';

function crossEntropyCase(name: string, logits: Host): Case {
  const [rows, classes] = logits.shape;
  const source = random(8);
  const y = Int32Array.from({ length: rows }, (_, r) =>
    r === 0 ? classes - 1 : source.integer(0, classes - 1),
  );
  const define: Case['define'] = (given) => {
    let [loss, correct] = [0, 0];
    y.forEach((label, r) => {
      const row = given.logits.slice(r * classes, (r + 1) * classes);
      const largest = Math.max(...row);
      const share = Math.exp(row[label] - largest) / row.reduce((sum, z) => sum + Math.exp(z - largest), 0);
      loss -= Math.log(share) / rows;
      if (row.indexOf(largest) === label) correct++;
    });
    return [Float64Array.of(loss), Float64Array.of(correct)];
  };
  return {
    name,
    inputs: { logits },
    run: (given) => {
      const { loss, correct } = ops.crossEntropy(given.logits as tf.Tensor2D, tf.tensor1d(y, 'int32'));
      return [loss, correct];
    },
    define,
    // How many are right has no gradient.
    smooth: (base) => (given) => [define(given)[0], define(base)[1]],
    exact: [1],
  };
}

export const crossEntropyCases: Case[] = [
  crossEntropyCase('cross-entropy', normal(1, [5, 7])),
  crossEntropyCase('cross-entropy of two classes', normal(2, [3, 2])),
  crossEntropyCase('cross-entropy of many classes', normal(3, [2, 1203], 2)),
  crossEntropyCase('cross-entropy of large logits', normal(4, [4, 33], 20)),
  crossEntropyCase(
    'cross-entropy of equal logits',
    tensor([6, 35], (i) => (i % 35 < 20 ? i % 5 : 4.5)),
  ),
];
