import type { Batch } from '../tasks/task.js';
import { holdsPairs, stepsOf } from '../train/cross-entropy.js';

/** What a data set's inputs were, the padding after each sequence's end left out. */
export interface Inputs {
  /** Steps of all sequences. */
  steps: number;
  /** Share of the numbers in them that are not 0; 1 for tokens. */
  density: number;
  /** Whether every number is -1, 0 or 1, as spikes and events are: a weight is then added, not multiplied. Not for tokens. */
  ternary: boolean;
}

export interface InputCounter {
  add(batch: Batch): void;
  found(): Inputs;
}

/** Counts the inputs of any number of batches. */
export function inputCounter(): InputCounter {
  let [steps, numbers, nonzero] = [0, 0, 0];
  let ternary = true;
  return {
    add: (batch) => {
      const { x, lengths } = batch;
      steps += stepsOf(batch);
      if (x.dtype !== 'float32') return;
      const [L, size] = x.shape.slice(holdsPairs(batch) ? 2 : 1) as [number, number];
      const values = x.dataSync<'float32'>();
      for (let b = 0; b < values.length / (L * size); b++) {
        const end = (b * L + (lengths?.[b] ?? L)) * size;
        for (let i = b * L * size; i < end; i++) {
          const value = values[i];
          numbers++;
          if (value !== 0) nonzero++;
          ternary &&= value === 0 || value === 1 || value === -1;
        }
      }
    },
    found: () => ({
      steps,
      density: numbers === 0 ? 1 : nonzero / numbers,
      ternary: numbers > 0 && ternary,
    }),
  };
}
