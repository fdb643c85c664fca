import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { hashFile } from '../data/hash.js';
import { cacheFolder } from '../data/locate.js';
import { writeWhole } from '../files/write-whole.js';

/** Size, and the times of the last change of content and of anything, in milliseconds. */
type Stamp = readonly [size: number, modified: number, changed: number];
/** Of one folder, by file name. */
type Known = Record<string, { stamp: Stamp; sha256: string }>;

/** Files that are hashed at a time. */
const TOGETHER = 16;
/** Clocks of file systems are coarse: a file that has just been written may change again and look the same. */
const SETTLED = 2000;

/**
 * The sha256 of files' contents, by path. A file is read again only where its size or times have changed since it was last
 * hashed, which a folder of the cache remembers.
 * @param onFile  called after each file; awaited
 */
export async function fileHashes(
  paths: Iterable<string>,
  onFile: () => void | Promise<void> = () => {},
): Promise<Map<string, string>> {
  const folders = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    const folder = dirname(resolve(path));
    const files = folders.get(folder);
    if (files) files.push(path);
    else folders.set(folder, [path]);
  }
  const hashes = new Map<string, string>();
  for (const [folder, files] of folders) {
    const remembered = recall(folder);
    const fresh: Known = {};
    try {
      for (let i = 0; i < files.length; i += TOGETHER) {
        const part = files.slice(i, i + TOGETHER);
        const found = await Promise.all(part.map((path) => hashOf(path, remembered, fresh)));
        for (const [j, path] of part.entries()) {
          hashes.set(path, found[j]);
          await onFile();
        }
      }
    } finally {
      remember(folder, remembered, fresh);
    }
  }
  return hashes;
}

async function hashOf(path: string, remembered: Known, fresh: Known): Promise<string> {
  const name = basename(path);
  const { size, mtimeMs, ctimeMs } = statSync(path);
  const stamp: Stamp = [size, mtimeMs, ctimeMs];
  const before = Object.hasOwn(remembered, name) ? remembered[name] : undefined;
  if (before && `${before.stamp}` === `${stamp}`) return before.sha256;
  const { sha256 } = await hashFile(path);
  if (Date.now() - Math.max(mtimeMs, ctimeMs) >= SETTLED) fresh[name] = { stamp, sha256 };
  return sha256;
}

function cacheFile(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(cacheFolder(), 'fingerprints', `${name}.json`);
}

/** What is damaged or not there is as good as nothing: the files are read again. */
function recall(folder: string): Known {
  try {
    const stored: { folder: string; files: Known } = JSON.parse(readFileSync(cacheFile(folder), 'utf8'));
    return stored.folder === folder ? stored.files : {};
  } catch {
    return {};
  }
}

function remember(folder: string, before: Known, fresh: Known): void {
  if (Object.keys(fresh).length === 0) return;
  try {
    writeWhole(cacheFile(folder), [JSON.stringify({ folder, files: { ...before, ...fresh } })]);
  } catch {
    // Without a place to remember it, the next run takes the time again.
  }
}
