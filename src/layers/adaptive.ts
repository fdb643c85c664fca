import * as ops from '../ops/index.js';
import type { Random } from '../random.js';
import * as tf from '../tf.js';
import { countRight } from './adaptive-accuracy.js';
import { dropoutMask } from './dropout.js';
import type { ApplyOptions, LossHead } from './model.js';
import { type AdaptiveOptions, adaptiveOptions, vocabularyParts } from './vocabulary-parts.js';

type Run = Pick<ApplyOptions, 'training' | 'random'>;

export interface AdaptiveTokens {
  encoder: { parameters: Readonly<Record<string, tf.Variable>>; apply(x: tf.Tensor, run?: Run): tf.Tensor3D };
  head: {
    parameters: Readonly<Record<string, tf.Variable>>;
    apply(hidden: tf.Tensor2D): tf.Tensor2D;
  } & LossHead;
}

/**
 * Table and head of a large vocabulary, which share their vectors E_i and, but for the first part, their projections:
 *   encoder  x in part i: sqrt(H) P_i E_i[x]
 *   head     shortlist: log softmax of [E_0; cluster vectors] Q h + b over the first part's tokens and one entry a later part;
 *            a token of part i: the entry of its part + log softmax of E_i P_i^T h + b_i within it
 * The loss needs the shortlist for every row and a part for those rows alone whose token is in it.
 * Source: Grave et al. 2017, arXiv 1609.04309; Baevski and Auli 2019, arXiv 1809.10853. Names, start and the order of
 * the entries (the last part's first) are those of the official code.
 */
export function adaptiveTokens(
  size: number,
  H: number,
  options: AdaptiveOptions,
  random: Random,
): AdaptiveTokens {
  const parts = vocabularyParts(size, H, options);
  const { dropout } = adaptiveOptions(options);
  const [{ words: shortlist }, ...later] = parts;
  const normal = (rows: number, columns: number, deviation: number): tf.Variable => {
    const values = Float32Array.from({ length: rows * columns }, () => deviation * random.normal());
    return tf.tidy(() => tf.variable(tf.tensor2d(values, [rows, columns])));
  };
  const zeros = (...shape: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.zeros(shape)));
  const tables = parts.map(({ words, width }) => normal(words, width, width ** -0.5));
  const projections = parts.map(({ width }) => normal(H, width, H ** -0.5));
  const biases = parts.map(({ words }) => zeros(words));
  const outProjection = zeros(H, H);
  const [clusters, clusterBias] = [zeros(later.length, H), zeros(later.length)];

  const matrix = (variable: tf.Variable): tf.Tensor2D => variable as tf.Tensor as tf.Tensor2D;
  const vector = (variable: tf.Variable): tf.Tensor1D => variable as tf.Tensor as tf.Tensor1D;
  /** Column of a later part's entry in the shortlist. */
  const entry = (part: number): number => shortlist + later.length - part;
  const partOf = (token: number): number => {
    let part = parts.length - 1;
    while (token < parts[part].from) part--;
    return part;
  };

  function dropped(x: tf.Tensor2D, run: Run): tf.Tensor2D {
    const mask = dropoutMask(x.shape, dropout, run);
    return mask ? tf.mul(x, mask) : x;
  }
  function shortlistLogits(hidden: tf.Tensor2D, run: Run = {}): tf.Tensor2D {
    const words = tf.concat([matrix(tables[0]), matrix(clusters)], 0) as tf.Tensor2D;
    const bias = tf.concat([vector(biases[0]), vector(clusterBias)]) as tf.Tensor1D;
    const turned = tf.matMul(hidden, matrix(outProjection)) as tf.Tensor2D;
    return ops.affine(dropped(turned, run), tf.transpose(words), bias);
  }
  function partLogits(part: number, hidden: tf.Tensor2D, run: Run = {}): tf.Tensor2D {
    const narrow = tf.matMul(hidden, matrix(projections[part])) as tf.Tensor2D;
    return ops.affine(dropped(narrow, run), tf.transpose(matrix(tables[part])), vector(biases[part]));
  }
  function logProbabilities(hidden: tf.Tensor2D): tf.Tensor2D {
    const first = tf.logSoftmax(shortlistLogits(hidden));
    const rest = later.map((_, i) => {
      const own = tf.slice(first, [0, entry(i + 1)], [-1, 1]);
      return tf.add(own, tf.logSoftmax(partLogits(i + 1, hidden))) as tf.Tensor2D;
    });
    return tf.concat([tf.slice(first, [0, 0], [-1, shortlist]), ...rest], 1) as tf.Tensor2D;
  }
  /** Without a gradient, and off the tape, where nothing of it is kept. */
  function rightOf(hidden: tf.Tensor2D, first: tf.Tensor2D, labels: Int32Array): tf.Scalar {
    return tf.customGrad((given) => {
      const logits = (part: number, rows: Int32Array): Float32Array => {
        const made = tf.tidy(() => partLogits(part, ops.rowsOf(given as tf.Tensor2D, rows)));
        const values = made.dataSync<'float32'>().slice(); // not within tidy, which looks for tensors among all numbers
        made.dispose();
        return values;
      };
      const right = countRight({ labels, parts, shortlist: first.dataSync<'float32'>(), entry, logits });
      return { value: tf.scalar(right), gradFunc: () => tf.zerosLike(hidden) };
    })(hidden) as tf.Scalar;
  }

  return {
    encoder: {
      parameters: {
        ...named(tables, (i) => `emb_layers.${i}.weight`),
        ...named(projections, (i) => `emb_projs.${i}`),
      },
      apply: (x, run = {}) => {
        const tokens = x.dataSync<'int32'>();
        const place = new Int32Array(tokens.length);
        let done = 0;
        const made = parts.flatMap(({ from }, part) => {
          const at = rowsIn(tokens, (token) => partOf(token) === part);
          if (at.length === 0) return [];
          at.forEach((position, n) => {
            place[position] = done + n;
          });
          done += at.length;
          const rows = ops.rowsOf(
            matrix(tables[part]),
            at.map((position) => tokens[position] - from),
          );
          return [tf.matMul(dropped(rows, run), matrix(projections[part]), false, true)];
        });
        const inOrder = ops.rowsOf(tf.concat(made, 0) as tf.Tensor2D, place);
        return tf.reshape(tf.mul(inOrder, Math.sqrt(H)), [x.shape[0], x.shape[1] as number, H]);
      },
    },
    head: {
      parameters: {
        cluster_weight: clusters,
        cluster_bias: clusterBias,
        'out_projs.0': outProjection,
        ...named(biases, (i) => `out_layers_biases.${i}`),
      },
      classes: size,
      apply: logProbabilities,
      crossEntropy: (hidden, y, run = {}) =>
        tf.tidy(() => {
          const labels = y.dataSync<'int32'>();
          const first = shortlistLogits(hidden, run);
          const own = labels.map((label) => (label < shortlist ? label : entry(partOf(label))));
          let loss = ops.crossEntropy(first, tf.tensor1d(own, 'int32')).loss;
          later.forEach(({ from }, i) => {
            const rows = rowsIn(labels, (label) => partOf(label) === i + 1);
            if (rows.length === 0) return;
            const logits = partLogits(i + 1, ops.rowsOf(hidden, rows), run);
            const within = tf.tensor1d(
              rows.map((row) => labels[row] - from),
              'int32',
            );
            const share = rows.length / labels.length;
            loss = tf.add(loss, tf.mul(share, ops.crossEntropy(logits, within).loss)) as tf.Scalar;
          });
          return { loss, correct: rightOf(hidden, first, labels) };
        }),
    },
  };
}

function named(variables: readonly tf.Variable[], name: (i: number) => string): Record<string, tf.Variable> {
  return Object.fromEntries(variables.map((variable, i) => [name(i), variable]));
}

function rowsIn(tokens: Int32Array, belongs: (token: number) => boolean): Int32Array {
  return tokens.map((_, row) => row).filter((row) => belongs(tokens[row]));
}
