import * as tf from '../../tf.js';
import { indexedDataset } from '../dataset.js';
import type { Dataset } from '../task.js';
import type { TokenStream } from './stream.js';

/** Windows of `length` steps and what follows each. */
export function windows(stream: TokenStream, length: number): Dataset {
  const count = Math.ceil((stream.length - 1) / length);
  const stepsOf = (window: number) => Math.min(length, stream.length - 1 - window * length);
  return indexedDataset(
    Uint32Array.from({ length: count }, (_, i) => i),
    (chosen) => {
      const lengths = Int32Array.from(chosen, stepsOf);
      const L = Math.max(...lengths);
      const [x, y] = [new Int32Array(chosen.length * L), new Int32Array(chosen.length * L)];
      chosen.forEach((window, b) => {
        const tokens = stream.read(window * length, lengths[b] + 1);
        x.set(tokens.subarray(0, -1), b * L);
        y.set(tokens.subarray(1), b * L);
      });
      const shape: [number, number] = [chosen.length, L];
      return { x: tf.tensor2d(x, shape, 'int32'), y: tf.tensor2d(y, shape, 'int32'), lengths };
    },
  );
}
