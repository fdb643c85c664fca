import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ManifestFile, readManifest } from './manifest.js';

/** Where downloads land: `data/cache` of the package. Each set has a folder of its own name in it. */
export function cacheFolder(): string {
  return fileURLToPath(new URL('../../data/cache', import.meta.url));
}

/** Folders that hold data sets, in the order they are searched: SPIKINGSSM_DATA where it is set, then the cache. */
export function dataFolders(): string[] {
  const own = process.env.SPIKINGSSM_DATA;
  return own ? [own, cacheFolder()] : [cacheFolder()];
}

/**
 * Path of a data set's file, `.gz` or not, or undefined where no folder has it.
 * @param set    folder of the set, e.g. `mnist`
 * @param names  the names it may have, the preferred one first
 */
export function findDataFile(set: string, names: readonly string[]): string | undefined {
  return dataFolders()
    .flatMap((folder) => names.flatMap((name) => [name, `${name}.gz`].map((n) => join(folder, set, n))))
    .find((path) => existsSync(path));
}

/** All names of a manifest's file. */
export function namesOf(file: ManifestFile): string[] {
  return [file.name, ...(file.aliases ?? [])];
}

/**
 * Path of a data set's file, `.gz` or not.
 * @param where  function that needs it, for the message
 * @throws RangeError  `text: imdb needs train.jsonl (or train.jsonl.gz), found in none of /data/imdb, …; run
 *   "spikingssm data get imdb", or put the file there`
 */
export function dataFile(where: string, set: string, names: readonly string[]): string {
  const found = findDataFile(set, names);
  if (found) return found;
  const wanted = names.flatMap((name) => [name, `${name}.gz`]).join(' or ');
  const folders = dataFolders().map((folder) => join(folder, set));
  const command = Object.hasOwn(readManifest(), set) ? `run "spikingssm data get ${set}", or ` : '';
  throw new RangeError(
    `${where}: ${set} needs ${wanted}, found in neither of ${folders.join(', ')} ` +
      `(${command}put the file into the first of these folders; SPIKINGSSM_DATA names a data folder of yours)`,
  );
}
