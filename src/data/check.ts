import { unknownName } from '../options.js';
import { difference, hashContent } from './hash.js';
import { firstFile, namesOf, setFolders } from './locate.js';
import { type ManifestEntry, readManifest } from './manifest.js';

export interface CheckedFile {
  name: string;
  /** Where it lies; null where it is missing. */
  path: string | null;
  /** `unchecked`: there, with no checksum to compare. */
  state: 'ok' | 'unchecked' | 'wrong' | 'missing';
  /** What is wrong. */
  detail: string | null;
}

/**
 * Whether the files of a data set are there and are the originals, by size and sha256 of their unpacked content.
 * @throws TypeError  for a set the manifest does not have
 */
export async function checkDataset(set: string, signal?: AbortSignal): Promise<CheckedFile[]> {
  const manifest = readManifest();
  if (!Object.hasOwn(manifest, set)) throw unknownName('data', 'set', set, Object.keys(manifest));
  return filesIn(setFolders(set), manifest[set], signal);
}

/** The files of an entry, each from the first of the folders that has it. */
export async function filesIn(
  folders: readonly string[],
  entry: ManifestEntry,
  signal?: AbortSignal,
): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (const file of entry.files) {
    const path = firstFile(folders, namesOf(file));
    if (path === undefined) {
      checked.push({ name: file.name, path: null, state: 'missing', detail: null });
      continue;
    }
    const detail = await differenceOf(path, file, signal);
    const state = detail !== undefined ? 'wrong' : file.sha256 === null ? 'unchecked' : 'ok';
    checked.push({ name: file.name, path, state, detail: detail ?? null });
  }
  return checked;
}

/** Whether every file is there and none is known to be wrong. */
export function isComplete(files: readonly CheckedFile[]): boolean {
  return files.every(({ state }) => state === 'ok' || state === 'unchecked');
}

async function differenceOf(
  path: string,
  file: ManifestEntry['files'][number],
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (file.bytes === null && file.sha256 === null) return undefined;
  try {
    return difference(await hashContent(path, signal), file);
  } catch (error) {
    signal?.throwIfAborted();
    return `damaged: ${(error as Error).message}`;
  }
}
