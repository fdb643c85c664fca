import type * as tf from '../tf.js';

/**
 * Checks a tensor's type and shape. `shape` holds a number, or -1 where any size of at least 1 will do.
 * @throws TypeError   wrong dtype
 * @throws RangeError  wrong rank or size, or an empty axis
 */
export function checkTensor(
  where: string,
  name: string,
  tensor: tf.Tensor,
  shape: readonly number[],
  dtype: tf.DataType = 'float32',
): void {
  if (tensor.dtype !== dtype) {
    throw new TypeError(
      `${where}: ${name} must be ${dtype}, got ${tensor.dtype} (convert it with ${name}.cast('${dtype}'))`,
    );
  }
  const fits =
    tensor.shape.length === shape.length &&
    tensor.shape.every((size, i) => size > 0 && (shape[i] === -1 || shape[i] === size));
  if (!fits) {
    const wanted = shape.map((size) => (size === -1 ? '*' : size)).join(', ');
    throw new RangeError(
      `${where}: ${name} must be [${wanted}], got [${tensor.shape.join(', ')}]${tensor.size === 0 ? ' (an empty batch or axis has no result)' : ''}`,
    );
  }
}

/**
 * Checks every number of a model's input [batch, L, size], [batch, L], or of one step of it. Reading it costs next to
 * nothing: it comes from host memory, and is small beside the model's own signals. Neurons would hide a NaN: it never
 * reaches the threshold, so they would just not fire.
 * @throws RangeError  `apply: x must hold finite numbers, got NaN at example 2, step 17, channel 0`
 */
export function checkValues(
  where: string,
  name: string,
  x: tf.Tensor,
  axes: readonly string[],
  expected: string,
  good: (value: number) => boolean,
): void {
  const values = x.dataSync();
  for (let i = 0; i < values.length; i++) {
    if (good(values[i])) continue;
    const place = axes.map((axis, a) => {
      const inner = x.shape.slice(a + 1).reduce((product, size) => product * size, 1);
      return `${axis} ${Math.floor(i / inner) % x.shape[a]}`;
    });
    throw new RangeError(`${where}: ${name} must hold ${expected}, got ${values[i]} at ${place.join(', ')}`);
  }
}

/** @throws RangeError unless tau is a decay multiplier in (0, 1) */
export function checkTau(where: string, tau: number): void {
  if (!(tau > 0 && tau < 1)) {
    const hint = tau >= 1 ? ' (for a time constant of T steps pass exp(-1/T))' : '';
    throw new RangeError(`${where}: tau must be in (0, 1), got ${tau}${hint}`);
  }
}
