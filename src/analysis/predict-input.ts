import type { InputKind } from '../layers/heads.js';
import type * as tf from '../tf.js';

/** Numbers one after the other, or rows of them. */
export type Sequence = ArrayLike<number> | readonly ArrayLike<number>[];

/** Sequences as users have them. */
export type Sequences = tf.Tensor | readonly Sequence[];

/**
 * Each sequence's numbers up to its true length, row-major.
 * @throws TypeError, RangeError  `predict: sequence 3 has 7 numbers, not a multiple of the 3 of a step`
 */
export function rowsOf(
  x: Sequences,
  inputs: InputKind,
  lengths: ArrayLike<number> | undefined,
): Float32Array[] {
  if (isTensor(x)) return ofTensor(x, inputs, lengths);
  if (!Array.isArray(x) || typeof x[0] === 'number') {
    const hint = 'batches' in Object(x) ? 'evaluate takes a data set' : 'of one sequence pass [sequence]';
    throw new TypeError(`predict: x must be a tensor or a list of sequences (${hint})`);
  }
  if (lengths) throw new TypeError('predict: lengths is for tensors; lists have their own (leave it out)');
  return x.map((sequence: Sequence, i) => ofList(sequence, i, inputs));
}

function isTensor(x: Sequences): x is tf.Tensor {
  return 'dataSync' in Object(x);
}

/** Numbers a step. */
export function widthOf({ kind, size }: InputKind): number {
  return kind === 'tokens' ? 1 : size;
}

function ofTensor(x: tf.Tensor, inputs: InputKind, lengths?: ArrayLike<number>): Float32Array[] {
  const [n, L] = x.shape;
  const width = widthOf(inputs);
  const flat = x.rank === 2 && width === 1;
  if (!flat && !(inputs.kind === 'real' && x.rank === 3 && x.shape[2] === width)) {
    const wanted = inputs.kind === 'tokens' ? '[n, L]' : `[n, L, ${width}]${width === 1 ? ' or [n, L]' : ''}`;
    throw new RangeError(`predict: x must be ${wanted}, got [${x.shape.join(', ')}]`);
  }
  if (lengths && lengths.length !== n) {
    throw new RangeError(
      `predict: lengths must hold one length of each of the ${n} sequences, got ${lengths.length}`,
    );
  }
  const data = x.dataSync();
  return Array.from({ length: n }, (_, i) => {
    const length = lengths ? lengths[i] : L;
    if (!Number.isSafeInteger(length) || length < 1 || length > L) {
      throw new RangeError(`predict: lengths must be whole numbers from 1 to ${L}, got ${length} at ${i}`);
    }
    return Float32Array.from(data.subarray(i * L * width, (i * L + length) * width));
  });
}

function ofList(sequence: Sequence, i: number, inputs: InputKind): Float32Array {
  const width = widthOf(inputs);
  const first = sequence?.[0];
  const rows = typeof first === 'object' && first !== null;
  const list = rows ? (sequence as readonly ArrayLike<number>[]) : undefined;
  const uneven = list?.findIndex((row) => row.length !== width) ?? -1;
  if (list && uneven >= 0) {
    throw new RangeError(
      `predict: sequence ${i} must have ${width} numbers a step, got ${list[uneven].length} at step ${uneven}`,
    );
  }
  const values = list ? list.flatMap((row) => Array.from(row)) : Array.from(sequence as ArrayLike<number>);
  if (values.length === 0) throw new RangeError(`predict: sequence ${i} has no steps`);
  if (values.length % width !== 0) {
    throw new RangeError(
      `predict: sequence ${i} has ${values.length} numbers, not a multiple of the ${width} of a step`,
    );
  }
  // A value that is missing would become 0 by itself.
  const bad = values.findIndex((value) => typeof value !== 'number' || !Number.isFinite(Math.fround(value)));
  if (bad >= 0) {
    const [step, channel] = [Math.floor(bad / width), bad % width];
    throw new RangeError(`predict: sequence ${i} holds ${values[bad]} at step ${step}, channel ${channel}`);
  }
  return Float32Array.from(values);
}
