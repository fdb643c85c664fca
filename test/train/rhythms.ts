import { random } from '../../src/random.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

export const [L, SIZE, CLASSES] = [12, 2, 3];

/** Three frequencies in noise, told apart by their rhythm; `spoil` puts a NaN into one example. */
export function rhythms(spoil = -1): Task {
  const set = (first: number, count: number): Dataset =>
    indexedDataset(
      Uint32Array.from({ length: count }, (_, i) => first + i),
      (examples) => {
        const x = new Float32Array(examples.length * L * SIZE);
        examples.forEach((example, b) => {
          const source = random(example);
          for (let t = 0; t < L; t++) {
            const phase = ((example % CLASSES) + 1) * 0.5 * t;
            x[(b * L + t) * SIZE] = 2 * Math.cos(phase) + 0.2 * source.normal();
            x[(b * L + t) * SIZE + 1] = 2 * Math.sin(phase) + 0.2 * source.normal();
          }
          if (example === spoil) x[(b * L + 7) * SIZE + 1] = Number.NaN;
        });
        return {
          x: tf.tensor3d(x, [examples.length, L, SIZE]),
          y: tf.tensor1d(
            Int32Array.from(examples, (example) => example % CLASSES),
            'int32',
          ),
          lengths: Int32Array.from(examples, (example) => L - (example % 3)),
        };
      },
    );
  return {
    name: 'rhythms',
    classes: CLASSES,
    length: L,
    input: { kind: 'real', size: SIZE },
    train: set(0, 48),
    validation: set(1000, 12),
    test: set(2000, 12),
  };
}
