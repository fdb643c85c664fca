import * as tf from '../tf.js';

/** Length of all gradients as one vector, in float64; not finite where one of their numbers is not. */
export function normOf(gradients: Readonly<Record<string, tf.Tensor>>): number {
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    const values = gradient.dataSync();
    for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  }
  return Math.sqrt(sum);
}

/** Scales them by a factor. Disposes what it was given. */
export function scaled(gradients: Record<string, tf.Tensor>, factor: number): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => {
      const less = tf.mul(gradient, factor);
      gradient.dispose();
      return [name, less];
    }),
  );
}

/**
 * Scales gradients down where all of them, as one vector, are longer than `longest`, as `train` does with `clip`.
 * @param gradients  by parameter name; given up: what is returned takes their place, and the caller disposes that
 * @returns  the same tensors where they are short enough
 * @throws RangeError  for a `longest` that is not above 0, or gradients that are not finite; they are the caller's then
 */
export function clipGradients(
  gradients: Record<string, tf.Tensor>,
  longest: number,
): Record<string, tf.Tensor> {
  if (!(longest > 0 && longest < Infinity)) {
    throw new RangeError(`clipGradients: longest must be a finite number above 0, got ${longest}`);
  }
  const norm = normOf(gradients);
  if (!Number.isFinite(norm)) throw notFinite('clipGradients', gradients);
  return norm > longest ? scaled(gradients, longest / norm) : gradients;
}

/** The error of gradients whose length is not finite. */
export function notFinite(where: string, gradients: Readonly<Record<string, tf.Tensor>>): RangeError {
  const name = Object.keys(gradients).find((one) => !Number.isFinite(normOf({ one: gradients[one] })));
  return new RangeError(
    `${where}: the gradient of ${name} is not finite (lower the learning rate, or look for extreme values in the data)`,
  );
}
