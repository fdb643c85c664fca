/** What the original generator is told. Lengths in pixels unless stated. */
export interface PathfinderSettings {
  /** Side of the square image. */
  size: number;
  /** Border that paths keep off. */
  padding: number;
  /** Distance of the two paths' first dashes. */
  seedDistance: number;
  markerRadius: number;
  /** Dashes of each of the two paths, and of a distractor. */
  dashes: number;
  distractorDashes: number;
  distractors: number;
  dashLength: number;
  thickness: number;
  /** Gaps between dashes, one drawn for each image. */
  margins: readonly number[];
  /** The higher, the straighter: an angle of pi / (2 continuity) or more is never turned by. */
  continuity: number;
  /** Brightness of the paths and of the distractors; markers have 1. */
  contrast: number;
  distractorContrast: number;
}

/** Pictures of 32 x 32 or of 128 x 128 pixels. */
export type PathSet = 'pathfinder' | 'pathx';

/** Dashes of each of the two paths, in Long Range Arena's easy, intermediate and hard sets. */
export type ContourLength = 6 | 9 | 14;
export const CONTOUR_LENGTHS: readonly ContourLength[] = [6, 9, 14];
/** Of all published results. */
export const HARD: ContourLength = 14;

/** What the sets of one picture size share, and the dashes that all distractors have together. */
type Shared = Omit<PathfinderSettings, 'dashes' | 'distractorDashes' | 'distractors'> & {
  distracting: number;
};

const shared: Readonly<Record<PathSet, Shared>> = {
  pathfinder: {
    size: 32,
    padding: 1,
    seedDistance: 7,
    markerRadius: 1.5,
    distracting: 20,
    dashLength: 2,
    thickness: 0.5,
    margins: [1],
    continuity: 1,
    contrast: 1.5,
    distractorContrast: 2,
  },
  pathx: {
    size: 128,
    padding: 1,
    seedDistance: 20,
    markerRadius: 3,
    distracting: 35,
    dashLength: 5,
    thickness: 1.5,
    margins: [2, 3],
    continuity: 1.8,
    contrast: 0.9,
    distractorContrast: 0.9,
  },
};

/**
 * Settings of Long Range Arena's sets. Distractors are a third as long as the paths.
 * @param contourLength  14 is the set `curv_contour_length_14` of all published results; 9 is `curv_contour_length_9`,
 *   6 `curv_baseline`
 * Source: drewlinsley/pathfinder (commit ab9c130) with the settings that google-research/long-range-arena documents in
 * its data set builder, for 14; the two others by the same rule.
 */
export function settings(set: PathSet, contourLength: ContourLength = HARD): PathfinderSettings {
  const { distracting, ...rest } = shared[set];
  const distractorDashes = Math.floor(contourLength / 3);
  const distractors = Math.floor(distracting / distractorDashes);
  return { ...rest, dashes: contourLength, distractorDashes, distractors };
}

/** Pixels are drawn this many times finer, then brought down. */
export const ANTIALIAS: number = 2;
