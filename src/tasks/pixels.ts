import * as tf from '../tf.js';
import { indexedDataset } from './dataset.js';
import type { ExampleSource } from './example-source.js';
import type { Batch, Dataset } from './task.js';

/** Images of one size as bytes, one after the other, and their classes. */
export interface Pixels {
  pixels: Uint8Array;
  labels: Uint8Array;
}

/** How images become sequences of one number a step. */
interface Reading {
  /** Pixels of an image. */
  L: number;
  /** The number a pixel of 0 … 255 becomes. */
  of: (pixel: number) => number;
}

/** @param examples  the set's images, by number */
export function pixelDataset({ pixels, labels }: Pixels, examples: Uint32Array, reading: Reading): Dataset {
  const { L } = reading;
  const image = (i: number) => ({ pixels: pixels.subarray(i * L, (i + 1) * L), label: labels[i] });
  return imageDataset(image, examples, reading);
}

/**
 * @param image   gives the image of a number, whenever it is needed
 * @param source  what each image is, where that is told faster
 */
export function imageDataset(
  image: (index: number) => { pixels: Uint8Array; label: number },
  examples: Uint32Array,
  { L, of }: Reading,
  source?: ExampleSource,
): Dataset {
  const value = Float32Array.from({ length: 256 }, (_, pixel) => of(pixel));
  const make = (chosen: Uint32Array): Batch => {
    const x = new Float32Array(chosen.length * L);
    const y = new Int32Array(chosen.length);
    chosen.forEach((example, b) => {
      const { pixels, label } = image(example);
      for (let t = 0; t < L; t++) x[b * L + t] = value[pixels[t]];
      y[b] = label;
    });
    return { x: tf.tensor3d(x, [chosen.length, L, 1]), y: tf.tensor1d(y, 'int32') };
  };
  return indexedDataset(examples, make, undefined, source);
}
