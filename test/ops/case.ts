import { type Random, random } from '../../src/random.js';
import type * as tf from '../../src/tf.js';

export interface Host {
  shape: number[];
  values: Float32Array;
}

export type Arrays = Record<string, Float64Array>;

/** One row of the table that every form of every operation passes. */
export interface Case {
  name: string;
  inputs: Record<string, Host>;
  /** The operation itself. */
  run(inputs: Record<string, tf.Tensor>): tf.Tensor[];
  /** What it means, in float64, written without looking at how it is done. */
  define(inputs: Arrays): Float64Array[];
  /**
   * The function whose finite differences are the operation's gradient, where that is not `define`: steps are
   * replaced by the integral of their surrogate, and what is detached stays at its value for `base`.
   */
  smooth?(base: Arrays): (inputs: Arrays) => Float64Array[];
  /** Inputs whose gradient is compared; default all. */
  differentiate?: string[];
  /** Outputs that must be equal to the bit. */
  exact?: number[];
}

export function tensor(shape: number[], of: (i: number) => number): Host {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float32Array.from({ length: size }, (_, i) => of(i)) };
}

export function normal(seed: number | Random, shape: number[], scale = 1): Host {
  const source = typeof seed === 'number' ? random(seed) : seed;
  return tensor(shape, () => scale * source.normal());
}

export function arrays(inputs: Record<string, Host>): Arrays {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { values }]) => [name, Float64Array.from(values)]),
  );
}
