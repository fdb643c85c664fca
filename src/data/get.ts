import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockFile } from '../files/lock.js';
import { unknownName, withDefaults } from '../options.js';
import { filesIn, isComplete } from './check.js';
import { type DownloadOptions, download } from './download.js';
import type { DownloadEvent } from './fetch-rest.js';
import { difference, hashFile } from './hash.js';
import { cacheFolder, ownFolder, packageFolder, setFolders } from './locate.js';
import { type ManifestArchive, type ManifestEntry, readManifest } from './manifest.js';
import { readRecorded, recordChecksum } from './recorded.js';
import { unpack } from './unpack.js';

export interface GetOptions extends Pick<DownloadOptions, 'tries' | 'backOff' | 'idle' | 'signal'> {
  /** Where data sets are kept. Default `spikingssm/data` of the user's cache. */
  cache?: string;
  /** Unpack anew where the set is complete already. Default false. */
  force?: boolean;
  /** Remove the downloaded archives once they are unpacked. Default false: they are kept for another set, or another try. */
  discard?: boolean;
  onEvent?: (event: GetEvent) => void;
}

export type GetEvent =
  | ({ kind: 'download'; file: string } & DownloadEvent)
  | { kind: 'check'; file: string }
  | { kind: 'unpack'; file: string; files: number };

export interface GotDataset {
  /** Folder with the set's files. */
  folder: string;
  /** Whether it was complete before. */
  present: boolean;
}

type Settings = Required<Pick<GetOptions, 'cache' | 'force' | 'discard'>> & GetOptions;

/**
 * Downloads, verifies and unpacks a data set of the manifest into a folder of its own name. Nobody sees half a set:
 * it is unpacked beside and moved into place.
 * @throws TypeError  for a set the manifest does not have
 * @throws Error      saying what failed, and which file to put where instead
 */
export async function getDataset(set: string, options: GetOptions = {}): Promise<GotDataset> {
  const manifest = readManifest();
  if (!Object.hasOwn(manifest, set)) throw unknownName('data', 'set', set, Object.keys(manifest));
  return getEntry(set, manifest[set], options);
}

/** `getDataset` for an entry that need not be in the manifest. */
export async function getEntry(set: string, entry: ManifestEntry, options: GetOptions): Promise<GotDataset> {
  const settings = withDefaults<Settings>('data', options, {
    cache: cacheFolder(),
    force: false,
    discard: false,
    tries: undefined,
    backOff: undefined,
    idle: undefined,
    signal: undefined,
    onEvent: undefined,
  });
  const { cache, onEvent, signal } = settings;
  const folder = join(cache, set);
  mkdirSync(cache, { recursive: true });
  const release = lockFile('data', join(cache, `.${set}.lock`));
  const staging = join(cache, `.${set}.unpacking`);
  try {
    rmSync(staging, { recursive: true, force: true });
    const elsewhere = setFolders(set).filter((place) => place !== join(cacheFolder(), set));
    for (const place of settings.force ? [] : [...elsewhere, folder])
      if (isComplete(await filesIn([place], entry, signal))) return { folder: place, present: true };
    const archives: string[] = [];
    for (const archive of entry.archives) {
      const path = await archiveFile(set, entry, archive, settings);
      archives.push(path);
      let files = 0;
      const onFile = () => onEvent?.({ kind: 'unpack', file: archive.file, files: ++files });
      await unpack(path, archive.unpack, staging, { take: archive.take, signal, onFile });
    }
    for (const { name, state, detail } of await filesIn([staging], entry, signal)) {
      if (state === 'ok' || state === 'unchecked') continue;
      throw new RangeError(`data: ${set}: the archives hold ${name} ${detail ?? 'nowhere'}`);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(staging, folder);
    // An archive of the user's own stays.
    const downloaded = archives.filter((path) => dirname(path) === downloadFolder(cache));
    if (settings.discard) for (const path of downloaded) rmSync(path, { force: true });
    return { folder, present: false };
  } finally {
    rmSync(staging, { recursive: true, force: true });
    release();
  }
}

const downloadFolder = (cache: string) => join(cache, 'downloads');

/** Path of an archive, verified: one that a person put there, one of an earlier time, or a new one. */
async function archiveFile(
  set: string,
  entry: ManifestEntry,
  archive: ManifestArchive,
  { cache, onEvent, tries, backOff, idle, signal }: Settings,
): Promise<string> {
  const { file, urls } = archive;
  const downloads = downloadFolder(cache);
  const own = ownFolder();
  const before = downloadFolder(packageFolder());
  const places = [...(own ? [join(own, set), own] : []), downloads, before].map((place) => join(place, file));
  const found = places.find((path) => existsSync(path));
  const known = archive.sha256 === null ? readRecorded(downloads)[file] : undefined;
  const expected = known ?? { bytes: archive.bytes, sha256: archive.sha256 };
  const remember = (hash: { bytes: number; sha256: string }) => {
    if (expected.sha256 === null) recordChecksum(downloads, file, hash);
  };
  if (found) {
    onEvent?.({ kind: 'check', file });
    const hash = await hashFile(found, signal);
    const wrong = difference(hash, expected);
    if (wrong)
      throw new RangeError(`data: ${found} is not the expected file: ${wrong} (remove it, or replace it)`);
    remember(hash);
    return found;
  }
  const path = join(downloads, file);
  try {
    if (urls.length === 0) throw new Error('data: it is offered on a page for people only');
    const onProgress = (event: DownloadEvent) => onEvent?.({ kind: 'download', file, ...event });
    remember(await download(urls, path, { ...expected, tries, backOff, idle, signal, onProgress }));
    return path;
  } catch (error) {
    if (signal?.aborted) throw error;
    const from = [entry.source, ...urls].join(' or ');
    throw new Error(
      `data: cannot get ${file}: ${(error as Error).message.replace(/^data: /, '')}. ` +
        `To do it by hand, get the file from ${from}, put it at ${path} and run "spikingssm data get ${set}" again`,
    );
  }
}
