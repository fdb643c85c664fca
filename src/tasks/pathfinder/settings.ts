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

/**
 * Long Range Arena's two sets of the hardest kind, `curv_contour_length_14`.
 * Source: drewlinsley/pathfinder (commit ab9c130) with the settings that google-research/long-range-arena documents in
 * its data set builder.
 */
export const settings: Readonly<Record<'pathfinder' | 'pathx', PathfinderSettings>> = {
  pathfinder: {
    size: 32,
    padding: 1,
    seedDistance: 7,
    markerRadius: 1.5,
    dashes: 14,
    distractorDashes: 4,
    distractors: 5,
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
    dashes: 14,
    distractorDashes: 4,
    distractors: 8,
    dashLength: 5,
    thickness: 1.5,
    margins: [2, 3],
    continuity: 1.8,
    contrast: 0.9,
    distractorContrast: 0.9,
  },
};

/** Pixels are drawn this many times finer, then brought down. */
export const ANTIALIAS: number = 2;
