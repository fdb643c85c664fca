import { createHash } from 'node:crypto';
import { findDataFile } from '../../data/locate.js';
import { outOfRange, withDefaults } from '../../options.js';
import { checkCounts, type SplitCounts } from '../counts.js';
import type { ExampleSource } from '../example-source.js';
import { imageDataset } from '../pixels.js';
import { checkSource, type Source } from '../source.js';
import type { Task } from '../task.js';
import { torchPermutation } from '../torch-permutation.js';
import { listFiles, readImage, writeImages } from './files.js';
import { type PathfinderImage, pathfinderImages } from './generate.js';
import { CONTOUR_LENGTHS, type ContourLength, HARD, type PathSet, settings } from './settings.js';

export interface PathfinderOptions extends SplitCounts {
  /** Read the official files, make images here, or `auto`: the files where they are found. Default `auto`. */
  source?: Source;
  /** Of the images made here. Default 0. */
  seed?: number;
  /**
   * Dashes of each of the two paths: 6, 9 and 14 are Long Range Arena's easy, intermediate and hard sets. Default 14, of
   * which all published results are; the two others are made here, and the task is then called `pathfinder-6`.
   */
  contourLength?: ContourLength;
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

type Filled = PathfinderOptions & Required<Pick<PathfinderOptions, 'source' | 'seed' | 'contourLength'>>;

function pathTask(set: PathSet, options: PathfinderOptions): Task {
  const given = withDefaults<Filled>(set, options, {
    source: 'auto',
    seed: 0,
    contourLength: HARD,
    trainExamples: undefined,
    validationExamples: undefined,
    testExamples: undefined,
  });
  const { seed, contourLength } = given;
  const { size } = settings(set);
  const read = readsFiles(set, given);
  const { count, image, source } = read ? fromFiles(set, size) : madeHere(set, contourLength, seed);
  const split = torchPermutation(count, SPLIT_SEED);
  // As the official loader counts: validation and test are a tenth each, cut to a whole number.
  const tenth = Math.floor(count * 0.1);
  const examples = {
    train: split.subarray(0, count - 2 * tenth),
    validation: split.subarray(count - 2 * tenth, count - tenth),
    test: split.subarray(count - tenth),
  };
  const counts = checkCounts(set, given, {
    train: examples.train.length,
    validation: examples.validation.length,
    test: examples.test.length,
  });
  const part = (of: keyof typeof examples) =>
    imageDataset(
      image,
      examples[of].subarray(0, counts[of]),
      { L: size * size, of: (pixel) => pixel / 255 },
      source,
    );
  return {
    name: contourLength === HARD ? set : `${set}-${contourLength}`,
    classes: 2,
    length: size * size,
    input: { kind: 'real', size: 1 },
    train: part('train'),
    validation: part('validation'),
    test: part('test'),
    notes: read ? [] : [`images made here by the original's rules, seed ${seed}`],
  };
}

/** Whether the images are the official ones. @throws TypeError, RangeError  for options that make no set */
function readsFiles(set: PathSet, { source, seed, contourLength }: Filled): boolean {
  checkSource(set, source);
  if (!Number.isSafeInteger(seed) || Math.abs(seed) >= SEEDS) {
    throw outOfRange(set, 'seed', `a whole number between -${SEEDS} and ${SEEDS}`, seed);
  }
  if (!CONTOUR_LENGTHS.includes(contourLength)) {
    throw outOfRange(set, 'contourLength', '6, 9 or 14', contourLength);
  }
  if (contourLength === HARD) {
    return source === 'files' || (source === 'auto' && findDataFile(set, ['metadata/0.npy']) !== undefined);
  }
  if (source === 'files') {
    throw new TypeError(
      `${set}: the files that are read have contourLength ${HARD}, got ${contourLength} (leave source out)`,
    );
  }
  return false;
}

interface Images {
  count: number;
  image: (index: number) => Pick<PathfinderImage, 'pixels'> & { label: number };
  source: ExampleSource;
}

function fromFiles(name: PathSet, side: number): Images {
  const { paths, labels } = listFiles(name);
  return {
    count: paths.length,
    image: (index) => ({ pixels: readImage(paths[index], side), label: labels[index] }),
    source: { of: (index) => ({ file: paths[index] }), labelOf: (index) => labels[index] },
  };
}

/** Images once made are kept. */
function madeHere(set: PathSet, contourLength: ContourLength, seed: number): Images {
  const make = pathfinderImages(settings(set, contourLength), seed);
  const known = new Map<number, PathfinderImage>();
  const image = (index: number): PathfinderImage => {
    const found = known.get(index) ?? make(index);
    known.set(index, found);
    return found;
  };
  // One image with them: other rules, with which a later version might draw, would be other data.
  const how = { set, contourLength, seed, drawn: createHash('sha256').update(image(0).pixels).digest('hex') };
  return { count: IMAGES, image, source: { of: (index) => ({ place: index }), how } };
}

/**
 * Writes images made here as an official folder: `imgs/N/sample_I.png` and `metadata/N.npy`.
 * @param set     `pathfinder` (32 x 32) or `pathx` (128 x 128)
 * @param images  how many, from number 0 on
 */
export function writePathfinder(
  folder: string,
  set: PathSet,
  {
    images,
    seed = 0,
    contourLength = HARD,
  }: { images: number } & Pick<PathfinderOptions, 'seed' | 'contourLength'>,
): void {
  const made = settings(set, contourLength);
  const make = pathfinderImages(made, seed);
  writeImages(
    folder,
    (function* () {
      for (let i = 0; i < images; i++) yield make(i);
    })(),
    made,
  );
}
