import { withDefaults } from '../../options.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { pixelDataset } from '../pixels.js';
import type { Task } from '../task.js';
import { torchPermutation } from '../torch-permutation.js';
import { PIXELS, readCifar } from './cifar.js';

export interface ImageOptions extends SplitCounts {
  /** Of the split into training and validation images. Default 42, the official runs'. */
  seed?: number;
}

const CLASSES = 10;
/** Of the gray training images; the official loader's numbers. */
const [MEAN, DEVIATION] = [122.6, 61];
const VALIDATION = 0.1;

/**
 * Long Range Arena's Image, sequential gray CIFAR-10: 1,024 pixels row by row, (pixel - 122.6) / 61.
 * Splits: the original 10,000 test images; of the 50,000 training images the official loader's tenth for validation
 * (torch's permutation of seed 42). Where the folder `cifar10` has no official binary files (`data_batch_1.bin` …) but
 * gray copies from JPEG images, those are read, and the notes say so: their numbers are no CIFAR-10 results.
 * @returns  a task with x float32 [batch, 1024, 1] and y int32 [batch] in 0 … 9
 * @throws RangeError  for a file that is missing or cut
 */
export async function image(options: ImageOptions = {}): Promise<Task> {
  const given = withDefaults<ImageOptions & { seed: number }>('image', options, {
    seed: 42,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const [forTraining, forTest] = [readCifar('train'), readCifar('test')];
  const split = torchPermutation(forTraining.labels.length, given.seed);
  const kept = Math.floor(split.length * (1 - VALIDATION));
  const examples = {
    train: split.subarray(0, kept),
    validation: split.subarray(kept),
    // Mixed as well, because the copies come class by class.
    test: torchPermutation(forTest.labels.length, given.seed),
  };
  const sizes = { train: kept, validation: split.length - kept, test: examples.test.length };
  const counts = checkCounts('image', given, sizes);
  const set = (name: keyof typeof examples) =>
    pixelDataset(name === 'test' ? forTest : forTraining, examples[name].subarray(0, counts[name]), {
      L: PIXELS,
      of: (pixel) => (pixel - MEAN) / DEVIATION,
    });
  return {
    name: 'image',
    classes: CLASSES,
    length: PIXELS,
    input: { kind: 'real', size: 1 },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    notes:
      forTraining.copies || forTest.copies
        ? ['images are gray copies from JPEG (quality 75), not the original CIFAR-10']
        : [],
  };
}
