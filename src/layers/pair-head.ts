import * as ops from '../ops/index.js';
import type { Random } from '../random.js';
import * as tf from '../tf.js';
import { linearParameters } from './linear.js';

/**
 * Logits of what two sequences a and b are to each other: a linear map of [a, b, a - b, a b] to H numbers, those below
 * 0 cut, and another to the classes. Parameters by their official names.
 * @returns  of [2 batch, H], the two vectors of each pair next to each other: [batch, classes]
 */
export function pairHead(
  H: number,
  classes: number,
  random: Random,
): { readonly parameters: Readonly<Record<string, tf.Variable>>; apply(x: tf.Tensor2D): tf.Tensor2D } {
  const hidden = linearParameters([H, 4 * H], random);
  const out = linearParameters([classes, H], random);
  return {
    parameters: {
      'retrieval.classifier.0.weight': hidden.weight,
      'retrieval.classifier.0.bias': hidden.bias,
      'retrieval.classifier.2.weight': out.weight,
      'retrieval.classifier.2.bias': out.bias,
    },
    apply: (x) => {
      const [a, b] = tf.unstack(tf.reshape(x, [-1, 2, H]), 1);
      const features = tf.concat([a, b, tf.sub(a, b), tf.mul(a, b)], 1) as tf.Tensor2D;
      return affine(tf.relu(affine(features, hidden)), out);
    },
  };
}

function affine(x: tf.Tensor2D, { weight, bias }: { weight: tf.Variable; bias: tf.Variable }): tf.Tensor2D {
  return ops.affine(x, tf.transpose(weight) as tf.Tensor2D, bias as tf.Tensor as tf.Tensor1D);
}
