/** Largest error over a tensor, relative to its largest entry. */
export interface RelativeError {
  forward: number;
  gradients: number;
  losses: number;
  parameters: number;
  /** Spikes that differ. */
  spikes: number;
}

export const LIMITS: Readonly<RelativeError> = {
  forward: 1e-5,
  gradients: 2e-4,
  losses: 1e-5,
  parameters: 1e-3,
  spikes: 0,
};

export function noError(): RelativeError {
  return { forward: 0, gradients: 0, losses: 0, parameters: 0, spikes: 0 };
}

export function passes(error: RelativeError): boolean {
  return (Object.keys(LIMITS) as (keyof RelativeError)[]).every((key) => error[key] <= LIMITS[key]);
}

/**
 * max |got - expected| / max |expected|; a tensor of zeros is held to the absolute error.
 * @returns Infinity where the sizes differ or a number is not finite
 */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(got[i])) return Infinity;
    error = Math.max(error, Math.abs(got[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return error / (largest || 1);
}

export function differences(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (got[i] !== expected[i]) count++;
  return count;
}
