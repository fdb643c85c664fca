import { readNpy } from '../../files/npy.js';
import { readNpz } from '../../files/npz.js';
import { type ArrayNames, type ArrayOptions, denseTask } from './dense.js';
import type { OwnTask } from './task.js';

/**
 * A task of NumPy arrays: two .npy files, or two arrays of a .npz file. Numbers and booleans of any type, in C or
 * Fortran order; all is kept in memory.
 * @example
 *   await tasks.numpy({ x: 'x.npy', y: 'y.npy' }, { standardise: true });
 *   await tasks.numpy({ file: 'all.npz', x: 'x_train', y: 'y_train' }, { test: { x: 'x_test', y: 'y_test' } });
 * @param arrays  x [n, L] or [n, L, channels]; y [n], whole numbers
 * @returns  a task with x float32 [batch, L, channels]
 * @throws RangeError  for a file that is damaged, or arrays that do not fit together
 */
export async function numpy(
  arrays: ArrayNames & { file?: string },
  options: ArrayOptions = {},
): Promise<OwnTask> {
  const { file, x, y } = arrays;
  if (file === undefined) return denseTask('numpy', { x, y }, options, readNpy);
  const { test } = options;
  const found = await readNpz(file, [x, y, ...(typeof test === 'object' ? [test.x, test.y] : [])]);
  return denseTask('numpy', { x, y }, options, (name) => found[name]);
}
