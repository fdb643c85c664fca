import { findDataFile } from '../../data/locate.js';
import { outOfRange, withDefaults } from '../../options.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import { imageDataset } from '../pixels.js';
import { checkSource, type Source } from '../source.js';
import type { Task } from '../task.js';
import { torchPermutation } from '../torch-permutation.js';
import { listFiles, readImage, writeImages } from './files.js';
import { type PathfinderImage, pathfinderImages } from './generate.js';
import { settings } from './settings.js';

export interface PathfinderOptions extends SplitCounts {
  /** Read the official files, make images here, or `auto`: the files where they are found. Default `auto`. */
  source?: Source;
  /** Of the images made here. Default 0. */
  seed?: number;
}

/** Of the set, official or made here. */
const IMAGES = 200_000;
/** Beyond these, an image's own seed would be no whole number any more. */
const SEEDS = 2 ** 29;
/** Of the split into training, validation and test images; the official loader's. */
const SPLIT_SEED = 42;

/**
 * Long Range Arena's Pathfinder: whether two discs in a picture of 32 x 32 pixels are joined by a dashed path; 1,024
 * pixels row by row, pixel / 255.
 * Splits: 80 / 10 / 10 % of 200,000 images of the kind `curv_contour_length_14`, as torch's permutation of seed 42 has
 * them. The images are the official ones in the folder `pathfinder`, or made here by the original's rules, each when it
 * is first asked for.
 * @returns  a task with x float32 [batch, 1024, 1] and y int32 [batch], 1 where a path joins the discs
 * @throws RangeError  for files that are missing or damaged
 */
export async function pathfinder(options: PathfinderOptions = {}): Promise<Task> {
  return pathTask('pathfinder', options);
}

/**
 * Path-X: the same in pictures of 128 x 128 pixels, 16,384 steps; from the folder `pathx` or made here (about 0.1 s an
 * image).
 * @returns  a task with x float32 [batch, 16384, 1] and y int32 [batch]
 */
export async function pathx(options: PathfinderOptions = {}): Promise<Task> {
  return pathTask('pathx', options);
}

function pathTask(name: keyof typeof settings, options: PathfinderOptions): Task {
  const given = withDefaults<PathfinderOptions & Required<Pick<PathfinderOptions, 'source' | 'seed'>>>(
    name,
    options,
    {
      source: 'auto',
      seed: 0,
      trainExamples: undefined,
      validationExamples: undefined,
      testExamples: undefined,
    },
  );
  const { source, seed } = given;
  checkSource(name, source);
  if (!Number.isSafeInteger(seed) || Math.abs(seed) >= SEEDS) {
    throw outOfRange(name, 'seed', `a whole number between -${SEEDS} and ${SEEDS}`, seed);
  }
  const { size } = settings[name];
  const read = source === 'files' || (source === 'auto' && findDataFile(name, ['metadata/0.npy']));
  const { count, image } = read ? fromFiles(name, size) : madeHere(name, seed);
  const split = torchPermutation(count, SPLIT_SEED);
  // As the official loader counts: validation and test are a tenth each, cut to a whole number.
  const tenth = Math.floor(count * 0.1);
  const examples = {
    train: split.subarray(0, count - 2 * tenth),
    validation: split.subarray(count - 2 * tenth, count - tenth),
    test: split.subarray(count - tenth),
  };
  const counts = checkCounts(name, given, {
    train: examples.train.length,
    validation: examples.validation.length,
    test: examples.test.length,
  });
  const set = (of: keyof typeof examples) =>
    imageDataset(image, examples[of].subarray(0, counts[of]), { L: size * size, of: (pixel) => pixel / 255 });
  return {
    name,
    classes: 2,
    length: size * size,
    input: { kind: 'real', size: 1 },
    train: set('train'),
    validation: set('validation'),
    test: set('test'),
    notes: read ? [] : [`images made here by the original's rules, seed ${seed}`],
  };
}

interface Images {
  count: number;
  image: (index: number) => Pick<PathfinderImage, 'pixels'> & { label: number };
}

function fromFiles(name: string, side: number): Images {
  const { paths, labels } = listFiles(name);
  return {
    count: paths.length,
    image: (index) => ({ pixels: readImage(paths[index], side), label: labels[index] }),
  };
}

/** Images once made are kept. */
function madeHere(name: keyof typeof settings, seed: number): Images {
  const make = pathfinderImages(settings[name], seed);
  const known = new Map<number, PathfinderImage>();
  const image = (index: number): PathfinderImage => {
    const found = known.get(index) ?? make(index);
    known.set(index, found);
    return found;
  };
  return { count: IMAGES, image };
}

/**
 * Writes images made here as an official folder: `imgs/N/sample_I.png` and `metadata/N.npy`.
 * @param set     `pathfinder` (32 x 32) or `pathx` (128 x 128)
 * @param images  how many, from number 0 on
 */
export function writePathfinder(
  folder: string,
  set: 'pathfinder' | 'pathx',
  { images, seed = 0 }: { images: number; seed?: number },
): void {
  const make = pathfinderImages(settings[set], seed);
  writeImages(
    folder,
    (function* () {
      for (let i = 0; i < images; i++) yield make(i);
    })(),
    settings[set],
  );
}
