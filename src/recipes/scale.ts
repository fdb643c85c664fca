import { environment } from '../environment.js';
import { unknownName } from '../options.js';
import type { Scale } from './index.js';

const SCALES: readonly Scale[] = ['tiny', 'small', 'paper'];

/**
 * The scale that a notebook runs at: the environment variable SPIKINGSSM_SCALE, `small` where it is not set.
 * @throws TypeError  `notebookScale (SPIKINGSSM_SCALE): unknown scale "smal" (did you mean "small"? …)`
 * @example const { steps } = { tiny: { steps: 20 }, small: { steps: 600 }, paper: { steps: 90_000 } }[notebookScale()];
 */
export function notebookScale(): Scale {
  const given = environment('SPIKINGSSM_SCALE') ?? 'small';
  const scale = SCALES.find((one) => one === given);
  if (scale === undefined) throw unknownName('notebookScale (SPIKINGSSM_SCALE)', 'scale', given, SCALES);
  return scale;
}
