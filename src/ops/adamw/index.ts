import { addon } from '../../backend/native/addon.js';
import * as tf from '../../tf.js';
import { type AdamwNumbers, adamwStep } from './reference.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** One step on every parameter, in place. */
    adamw(
      parameters: Float32Array[],
      gradients: Float32Array[],
      m: Float32Array[],
      v: Float32Array[],
      learningRates: number[],
      weightDecays: number[],
      beta1: number,
      beta2: number,
      eps: number,
      step: number,
    ): void;
  }
}

/** One parameter's part in a step; `parameter`, `m` and `v` are changed in place. */
export interface AdamwChange extends Pick<AdamwNumbers, 'learningRate' | 'weightDecay'> {
  parameter: Float32Array;
  gradient: Float32Array;
  m: Float32Array;
  v: Float32Array;
}

/** One AdamW step on all parameters at once. See `adamwStep` for the formula. */
export function adamwSteps(
  changes: readonly AdamwChange[],
  { betas, eps, step }: Pick<AdamwNumbers, 'betas' | 'eps' | 'step'>,
): void {
  if (tf.getBackend() !== 'native') {
    for (const { parameter, gradient, m, v, learningRate, weightDecay } of changes) {
      adamwStep(parameter, gradient, m, v, { learningRate, weightDecay, betas, eps, step });
    }
    return;
  }
  addon().adamw(
    changes.map(({ parameter }) => parameter),
    changes.map(({ gradient }) => gradient),
    changes.map(({ m }) => m),
    changes.map(({ v }) => v),
    changes.map(({ learningRate }) => learningRate),
    changes.map(({ weightDecay }) => weightDecay),
    ...betas,
    eps,
    step,
  );
}
