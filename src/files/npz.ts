import { buffer } from 'node:stream/consumers';
import { type NpyArray, OtherKindError, parseNpy } from './npy.js';
import { zipEntries } from './zip.js';

/**
 * Reads the named arrays of a .npz archive (`np.savez` or `np.savez_compressed`).
 * @param source  path, or the file's bytes
 * @param names   of the arrays to read, all if left out; the others are not unpacked. Without names an array that cannot be
 *   read is not listed, and says why when it is asked for
 * @param name    stands for the file in messages
 * @throws RangeError  for a damaged file, or a name that is not in it, listing those that are
 */
export async function readNpz(
  source: string | Uint8Array,
  names?: readonly string[],
  name: string = typeof source === 'string' ? source : 'the archive',
): Promise<Record<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  const unreadable = new Map<string, unknown>();
  const present: string[] = [];
  for await (const entry of zipEntries(source, name)) {
    if (!entry.path.endsWith('.npy')) continue;
    const array = entry.path.slice(0, -'.npy'.length);
    if (present.includes(array)) throw new RangeError(`readNpz: ${name} holds "${array}" twice`);
    present.push(array);
    if (names && !names.includes(array)) continue;
    const bytes = await buffer(await entry.open());
    try {
      arrays.set(array, parseNpy(bytes, `${name}, array "${array}"`));
    } catch (error) {
      if (names || !(error instanceof OtherKindError)) throw error;
      unreadable.set(array, error);
    }
  }
  const missing = names?.find((wanted) => !arrays.has(wanted));
  if (missing !== undefined) {
    throw new RangeError(
      `readNpz: ${name} has no array "${missing}" (it has ${present.join(', ') || 'none'})`,
    );
  }
  // Object.fromEntries defines a name such as "__proto__" as an ordinary key.
  const found = Object.fromEntries(arrays);
  for (const [array, error] of unreadable) {
    Object.defineProperty(found, array, {
      get: () => {
        throw error;
      },
    });
  }
  return found;
}
