import * as tf from '@tensorflow/tfjs';
import { indexedDataset } from './dataset.js';
import type { Dataset } from './task.js';

/** Images of one size as bytes, one after the other, and their classes. */
export interface Pixels {
  pixels: Uint8Array;
  labels: Uint8Array;
}

/**
 * Images as sequences of one number a step.
 * @param examples  the set's images, by number
 * @param L         pixels of an image
 * @param of        the number a pixel of 0 … 255 becomes
 */
export function pixelDataset(
  { pixels, labels }: Pixels,
  examples: Uint32Array,
  { L, of }: { L: number; of: (pixel: number) => number },
): Dataset {
  const value = Float32Array.from({ length: 256 }, (_, pixel) => of(pixel));
  return indexedDataset(examples, (chosen) => {
    const x = new Float32Array(chosen.length * L);
    chosen.forEach((example, b) => {
      for (let t = 0; t < L; t++) x[b * L + t] = value[pixels[example * L + t]];
    });
    const y = Int32Array.from(chosen, (example) => labels[example]);
    return { x: tf.tensor3d(x, [chosen.length, L, 1]), y: tf.tensor1d(y, 'int32') };
  });
}
