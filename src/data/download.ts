import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lockFile } from '../files/lock.js';
import { withDefaults } from '../options.js';
import { type DownloadEvent, fetchRest } from './fetch-rest.js';
import { difference, type FileHash, hashFile } from './hash.js';
import { TransientError } from './http.js';
import { partialOf } from './partial.js';

export interface DownloadOptions {
  /** Expected size and checksum, null where they are not known. */
  bytes?: number | null;
  sha256?: string | null;
  /** Tries in a row that may fail without getting a mebibyte further. Default 5. */
  tries?: number;
  /** Milliseconds before the second try, doubled before each further one, half a minute at most. Default 1000. */
  backOff?: number;
  /** Milliseconds without a byte after which a connection counts as dead. Default 30,000. */
  idle?: number;
  signal?: AbortSignal;
  onProgress?: (event: DownloadEvent) => void;
}

type Settings = Required<Omit<DownloadOptions, 'signal' | 'onProgress'>> &
  Pick<DownloadOptions, 'signal' | 'onProgress'>;

const longestWait = 30_000;
const mebibyte = 2 ** 20;

/**
 * Downloads a file: goes on where an earlier try was cut off, tries again with growing pauses, checks size and
 * checksum, and gives the file its name only when it is whole. What was received lies beside it in `PATH.part`.
 * @param urls  addresses of the same file, tried in order
 * @throws Error  `data: NAME: each address and why it failed`
 */
export async function download(
  urls: readonly string[],
  path: string,
  options: DownloadOptions = {},
): Promise<FileHash> {
  const settings = withDefaults<Settings>('download', options, {
    bytes: null,
    sha256: null,
    tries: 5,
    backOff: 1000,
    idle: 30_000,
    signal: undefined,
    onProgress: undefined,
  });
  mkdirSync(dirname(path), { recursive: true });
  const release = lockFile('data', `${path}.lock`);
  try {
    const failures: string[] = [];
    for (const url of urls) {
      try {
        return await downloadFrom(url, path, settings);
      } catch (error) {
        if (settings.signal?.aborted) throw error;
        failures.push((error as Error).message);
      }
    }
    throw new Error(`data: ${failures.join('; ')}`);
  } finally {
    release();
  }
}

async function downloadFrom(url: string, path: string, settings: Settings): Promise<FileHash> {
  const part = partialOf(path);
  const { tries, backOff, signal, onProgress, bytes } = settings;
  // What was thrown away and came again is no progress, or a file that is wrong would be asked for without end.
  for (let [failed, furthest] = [0, 0]; ; ) {
    try {
      const resumed = await fetchRest(url, part, settings);
      const found = await hashFile(part.path, signal);
      const wrong = difference(found, settings);
      if (!wrong) {
        renameSync(part.path, path);
        part.remove();
        return found;
      }
      part.remove();
      // Two halves of different files, perhaps; a whole one that is wrong will not get better.
      if (!resumed) throw new Error(`${url} is not the expected file: ${wrong}`);
      throw new TransientError(wrong);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      failed = part.size() - furthest >= mebibyte ? 1 : failed + 1;
      furthest = Math.max(furthest, part.size());
      if (failed >= tries) throw new Error(`${error.message} (tried ${failed} times)`);
      const pause = Math.min(longestWait, Math.max(error.retryAfter, backOff * 2 ** (failed - 1)));
      onProgress?.({ received: part.size(), total: bytes, retry: error.message });
      await wait(pause, undefined, { signal });
    }
  }
}
