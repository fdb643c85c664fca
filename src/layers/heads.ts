import * as ops from '../ops/index.js';
import type { Random } from '../random.js';
import * as tf from '../tf.js';
import { linearParameters } from './linear.js';
import { checkLengths } from './mask.js';

/** How a sequence becomes one vector: mean over its true length, its last true step, or not at all. */
export type Pool = 'mean' | 'last' | 'none';

/** What one step of the input holds: `size` real numbers, or one of `size` tokens. */
export interface InputKind {
  kind: 'real' | 'tokens';
  size: number;
}

interface Part<X extends tf.Tensor, Y extends tf.Tensor> {
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  apply(x: X): Y;
}

/**
 * Real inputs [batch, L, size] by a linear map, tokens int32 [batch, L] by a table; to [batch, L, H].
 * @param tied  the table is the head's too: its entries begin sqrt(H) times smaller, and its rows go in times sqrt(H)
 */
export function encoder(
  { kind, size }: InputKind,
  H: number,
  random: Random,
  tied = false,
): Part<tf.Tensor, tf.Tensor3D> {
  if (kind === 'tokens') {
    const scale = tied ? Math.sqrt(H) : 1;
    const table = Float32Array.from({ length: size * H }, () => random.normal() / scale);
    const weight = tf.tidy(() => tf.variable(tf.tensor2d(table, [size, H])));
    return {
      parameters: { weight },
      apply: (x) => {
        const rows = ops.embedding(weight as tf.Tensor as tf.Tensor2D, x as tf.Tensor2D);
        return tied ? tf.mul(rows, scale) : rows;
      },
    };
  }
  const { weight, bias } = linearParameters([H, size], random);
  return {
    parameters: { weight, bias },
    apply: (x) => {
      const [batch, L] = x.shape;
      return tf.reshape(linear(tf.reshape(x, [-1, size]), weight, bias), [batch, L, H]);
    },
  };
}

/**
 * Logits of the classes, of [rows, H].
 * @param table  the encoder's [classes, H], where the two are tied: the head then has a bias of its own only
 */
export function head(
  H: number,
  classes: number,
  random: Random,
  table?: tf.Variable,
): Part<tf.Tensor2D, tf.Tensor2D> {
  const { weight, bias } = linearParameters([classes, H], random);
  if (table) {
    weight.dispose();
    return { parameters: { bias }, apply: (x) => linear(x, table, bias) };
  }
  return { parameters: { weight, bias }, apply: (x) => linear(x, weight, bias) };
}

/**
 * @param x        float32 [batch, L, H]
 * @param lengths  true length of each sequence, in [1, L]; default L
 * @returns        [batch, H]
 */
export function pooled(x: tf.Tensor3D, pool: 'mean' | 'last', lengths?: Int32Array): tf.Tensor2D {
  const [batch, L, H] = x.shape;
  const last = lengths ?? new Int32Array(batch).fill(L);
  checkLengths('pool', last, batch, L);
  // As a product, which every backend does faster than a sum along the middle axis and its gradient.
  const weights = new Float32Array(batch * L);
  last.forEach((length, b) => {
    if (pool === 'last') weights[b * L + length - 1] = 1;
    else weights.fill(1 / length, b * L, b * L + length);
  });
  return tf.reshape(tf.matMul(tf.tensor3d(weights, [batch, 1, L]), x), [batch, H]);
}

function linear(x: tf.Tensor2D, weight: tf.Variable, bias: tf.Variable): tf.Tensor2D {
  return ops.affine(x, tf.transpose(weight) as tf.Tensor2D, bias as tf.Tensor as tf.Tensor1D);
}
