import { readIdx } from '../idx.js';
import { type ArrayNames, type ArrayOptions, denseTask } from './dense.js';
import type { OwnTask } from './task.js';

/**
 * A task of two idx files (MNIST's format), gzipped or not.
 * @example
 *   await tasks.idx({ x: 'images-idx3-ubyte.gz', y: 'labels-idx1-ubyte.gz' }, { flatten: true, standardise: true });
 * @param files  x [n, L] or [n, L, channels]; y [n]
 * @returns  a task with x float32 [batch, L, channels]
 * @throws RangeError  for a file that is damaged, or files that do not fit together
 */
export async function idx(files: ArrayNames, options: ArrayOptions = {}): Promise<OwnTask> {
  return denseTask('idx', files, options, readIdx);
}
