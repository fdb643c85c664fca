import { addon } from '../../backend/native/addon.js';
import { affineForm } from '../matmul/native.js';
import type { HostKernel } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** y = S W + bias, by whichever form the zeros of S make the fastest. */
    spikeForward(
      rows: number,
      K: number,
      cols: number,
      S: Float32Array,
      W: Float32Array,
      bias: Float32Array,
      y: Float32Array,
    ): void;
    /** dW = S^T dY and db, likewise. */
    spikeWeights(
      rows: number,
      K: number,
      cols: number,
      S: Float32Array,
      dY: Float32Array,
      dW: Float32Array,
      db: Float32Array,
    ): void;
  }
}

export const form: { forward: HostKernel; backward: HostKernel } = affineForm(
  (...given) => addon().spikeForward(...given),
  (...given) => addon().spikeWeights(...given),
);
