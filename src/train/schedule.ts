import { withDefaults } from '../options.js';
import { checkCount } from './check.js';

/** Factor of the learning rate for a step, counted from 0. */
export type Schedule = (step: number) => number;

export interface CosineOptions {
  /** Steps of the whole run, warm-up included. */
  steps: number;
  /** Steps over which the rate rises from 0. Default 0. */
  warmup?: number;
}

/**
 * Cosine decay after a linear warm-up, by step:
 *   f(t) = t / warmup                                           for t < warmup
 *   f(t) = (1 + cos(pi (t - warmup) / (steps - warmup))) / 2    for warmup <= t < steps
 *   f(t) = 0                                                    from t = steps on
 * So the first step (t = 0) of a run with warm-up has rate 0, without warm-up 1; the step after the warm-up
 * (t = warmup) has 1; the last step (t = steps - 1) is one step above 0. This is the schedule the official
 * runs use, except that theirs would rise again beyond `steps`.
 * @throws RangeError  for steps < 1, warmup < 0, warmup > steps, or numbers that are not whole
 */
export function cosine(options: CosineOptions): Schedule {
  const { steps, warmup } = withDefaults<Required<CosineOptions>>('cosine', options, { steps: 0, warmup: 0 });
  checkCount('cosine', 'steps', steps, 1);
  checkCount('cosine', 'warmup', warmup, 0);
  if (warmup > steps) {
    throw new RangeError(`cosine: warmup must be at most the ${steps} steps of the run, got ${warmup}`);
  }
  return (step) => {
    if (step < warmup) return step / warmup;
    if (step >= steps) return 0;
    return (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup))) / 2;
  };
}
