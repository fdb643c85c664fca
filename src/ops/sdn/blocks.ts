import { onGpu } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { SdnWeights } from './index.js';
import { CHANNELS, TAPS } from './predictor.js';

/**
 * The network as three matrix products over blocks of eight steps, for backends whose products are much faster than
 * convolutions of one channel. A row holds the sixteen inputs that a block sees and a 1, which carries the biases.
 */
interface Matrices {
  /** [17, 65] */
  first: tf.Tensor2D;
  /** [65, 65] */
  second: tf.Tensor2D;
  /** [65, 8] */
  third: tf.Tensor2D;
}

/** Steps of a block; its inputs are then two blocks of the sequence. */
const STEPS = TAPS;
/** Rows of a product: enough to keep every core busy, few enough for the results between to stay in cache. */
const ROWS = 2 ** 16;
/** On a GPU, where starting an operation takes longer than most of them: half a gigabyte for each result between. */
const GPU_ROWS = 2 ** 21;

/** The sequence of every channel of every example, cut into blocks: row i sees blocks i and i + 1. */
interface Blocks {
  /** [batch * H, blocks + 1, 8], zeros behind the end */
  values: tf.Tensor3D;
  /** The first of the sequences of each part, and one past its last. */
  parts: [from: number, to: number][];
}

/**
 * p[t] = network(window[t..t+7])
 * @param window  float32 [batch, steps + 7, H]
 * @returns       float32 [batch, steps, H]
 */
export function predictInBlocks(window: tf.Tensor3D, weights: SdnWeights): tf.Tensor3D {
  const matrices = matricesOf(weights);
  const { values, parts } = blocksOf(window);
  const predictions = parts.map((part) =>
    tf.tidy(() => {
      const { rows, sequences } = rowsOf(values, part);
      return tf.reshape(layers(rows, matrices), [sequences, -1]);
    }),
  );
  return fromSequences(tf.concat(predictions, 0), window, window.shape[1] - TAPS + 1);
}

function layers(rows: tf.Tensor2D, { first, second, third }: Matrices): tf.Tensor2D {
  const a = tf.relu(tf.matMul(rows, first));
  const b = tf.relu(tf.matMul(a, second));
  return tf.matMul(b, third);
}

function blocksOf(window: tf.Tensor3D): Blocks {
  const [batch, length, H] = window.shape;
  const blocks = Math.ceil((length - TAPS + 1) / STEPS);
  const sequences = batch * H;
  const values = tf.reshape(toSequences(window, (blocks + 1) * STEPS), [sequences, blocks + 1, STEPS]);
  const together = Math.max(1, Math.floor((onGpu() ? GPU_ROWS : ROWS) / blocks));
  const parts: Blocks['parts'] = [];
  for (let from = 0; from < sequences; from += together)
    parts.push([from, Math.min(from + together, sequences)]);
  return { values: values as tf.Tensor3D, parts };
}

/** What the network sees of some sequences, a block a row  [(to - from) * blocks, 17] */
function rowsOf(values: tf.Tensor3D, [from, to]: [number, number]): { rows: tf.Tensor2D; sequences: number } {
  const sequences = to - from;
  const blocks = values.shape[1] - 1;
  const [own, next] = [0, 1].map((at) => tf.slice(values, [from, at, 0], [sequences, blocks, STEPS]));
  const rows = tf.concat([own, next, tf.ones([sequences, blocks, 1])], 2);
  return { rows: tf.reshape(rows, [sequences * blocks, 2 * STEPS + 1]), sequences };
}

/** [batch, steps, H] to [batch * H, length], zeros behind the end. */
function toSequences(x: tf.Tensor3D, length: number): tf.Tensor2D {
  const [batch, steps, H] = x.shape;
  return tf.pad(tf.reshape(tf.transpose(x, [0, 2, 1]), [batch * H, steps]), [
    [0, 0],
    [0, length - steps],
  ]) as tf.Tensor2D;
}

/** Back to [batch, steps, H], without what stands behind the end. */
function fromSequences(values: tf.Tensor, { shape: [batch, , H] }: tf.Tensor3D, steps: number): tf.Tensor3D {
  const cut = tf.reshape(tf.slice(values, [0, 0], [-1, steps]), [batch, H, steps]);
  return tf.transpose(cut, [0, 2, 1]) as tf.Tensor3D;
}

function matricesOf({ w1, b1, w2, b2, w3, b3 }: SdnWeights): Matrices {
  const width = STEPS * CHANNELS;
  // Which input (of 16) is tap k of step j  [8 * 16, 8]
  const shifts = new Float32Array(STEPS * 2 * STEPS * TAPS);
  for (let i = 0; i < 2 * STEPS; i++) {
    for (let j = 0; j < STEPS; j++) {
      const k = i - j;
      if (k >= 0 && k < TAPS) shifts[(i * STEPS + j) * TAPS + k] = 1;
    }
  }
  const same = tf.eye(STEPS);
  const eachStep = (matrix: tf.Tensor, inputs: number, outputs: number): tf.Tensor =>
    tf.reshape(tf.mul(tf.reshape(same, [STEPS, 1, STEPS, 1]), tf.reshape(matrix, [1, inputs, 1, outputs])), [
      STEPS * inputs,
      STEPS * outputs,
    ]);
  const taps = tf.transpose(tf.reshape(w1, [CHANNELS, TAPS]));
  const window = tf.matMul(tf.tensor2d(shifts, [2 * STEPS * STEPS, TAPS]), taps);
  const between = tf.add(tf.transpose(tf.reshape(w2, [CHANNELS, CHANNELS])), tf.eye(CHANNELS));
  return {
    first: withBias(tf.reshape(window, [2 * STEPS, width]), tf.tile(b1, [STEPS]), true),
    second: withBias(eachStep(between, CHANNELS, CHANNELS), tf.tile(b2, [STEPS]), true),
    third: withBias(eachStep(tf.reshape(w3, [CHANNELS, 1]), CHANNELS, 1), tf.tile(b3, [STEPS]), false),
  };
}

/** Adds a row for the bias, and on request a column that hands the 1 on. */
function withBias(matrix: tf.Tensor, bias: tf.Tensor, handOn: boolean): tf.Tensor2D {
  const full = tf.concat([matrix, tf.expandDims(bias, 0)], 0);
  if (!handOn) return full as tf.Tensor2D;
  const column = tf.concat([tf.zeros([matrix.shape[0], 1]), tf.ones([1, 1])], 0);
  return tf.concat([full, column], 1) as tf.Tensor2D;
}
