import * as tf from '../tf.js';

/** @throws RangeError  `pool: lengths must be 2 numbers in [1, 10], got [3, 11]` */
export function checkLengths(where: string, lengths: Int32Array, batch: number, L: number): void {
  if (lengths.length !== batch || lengths.some((length) => !(length >= 1 && length <= L))) {
    throw new RangeError(
      `${where}: lengths must be ${batch} numbers in [1, ${L}], got [${lengths.join(', ')}]`,
    );
  }
}

/**
 * Which steps are a sequence's own.
 * @param lengths  true length of each sequence, in [1, L]
 * @returns        float32 [batch, L, 1] of 1 and 0; undefined where every sequence fills all of L
 */
export function lengthMask(
  lengths: Int32Array | undefined,
  batch: number,
  L: number,
): tf.Tensor3D | undefined {
  if (!lengths) return undefined;
  checkLengths('apply', lengths, batch, L);
  if (lengths.every((length) => length === L)) return undefined;
  const mask = new Float32Array(batch * L);
  lengths.forEach((length, b) => {
    mask.fill(1, b * L, b * L + length);
  });
  return tf.tensor3d(mask, [batch, L, 1]);
}
