import { closeSync, createReadStream, createWriteStream, mkdirSync, openSync, readSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ArchiveEntry } from '../files/archive.js';
import { tarEntries } from '../files/tar.js';
import { zipEntries } from '../files/zip.js';
import type { Unpack } from './manifest.js';

export interface UnpackOptions {
  /** Take only what lies under this folder of the archive, wherever the archive keeps it. */
  take?: string;
  signal?: AbortSignal;
  /** Called after each file. */
  onFile?: (path: string) => void;
}

/**
 * Unpacks an archive into a folder, where no file may be in its way. Where it fails, files may be left there: unpack
 * into a folder that nobody reads yet.
 * @returns  number of files
 * @throws RangeError  naming the archive, for a damaged one, a link, a path out of the folder, a name that comes twice
 */
export async function unpack(
  archive: string,
  kind: Unpack,
  folder: string,
  options: UnpackOptions = {},
): Promise<number> {
  mkdirSync(folder, { recursive: true });
  if (kind === 'tar' || kind === 'zip')
    return writeEntries(entriesOf(archive, kind), archive, folder, options);
  const path = join(folder, basename(archive, kind === 'gzip' ? '.gz' : ''));
  if (kind === 'none') await copyFile(archive, path);
  else {
    const file = createWriteStream(path, { flags: 'wx' });
    await pipeline(createReadStream(archive), createGunzip(), file, { signal: options.signal }).catch(
      (error) => {
        throw unpackError(archive, error);
      },
    );
  }
  options.onFile?.(path);
  return 1;
}

function entriesOf(archive: string, kind: 'tar' | 'zip'): AsyncGenerator<ArchiveEntry> {
  if (kind === 'zip') return zipEntries(archive, archive);
  const packed = createReadStream(archive);
  if (!isGzip(archive)) return tarEntries(packed, archive);
  const plain = createGunzip();
  pipeline(packed, plain).catch((error) => plain.destroy(error));
  return tarEntries(plain, archive);
}

async function writeEntries(
  entries: AsyncGenerator<ArchiveEntry>,
  archive: string,
  folder: string,
  { take, signal, onFile }: UnpackOptions,
): Promise<number> {
  let files = 0;
  for await (const entry of entries) {
    signal?.throwIfAborted();
    const relative = take === undefined ? entry.path : below(entry.path, take);
    if (relative === undefined) continue;
    const path = join(folder, relative);
    mkdirSync(dirname(path), { recursive: true });
    await pipeline(await entry.open(), createWriteStream(path, { flags: 'wx' }), { signal }).catch(
      (error) => {
        throw unpackError(archive, error);
      },
    );
    files++;
    onFile?.(path);
  }
  if (files === 0) {
    throw new RangeError(`unpack: ${archive} holds no file${take === undefined ? '' : ` under ${take}/`}`);
  }
  return files;
}

/** The part of a path after the folder `take`, which may itself lie in others. */
function below(path: string, take: string): string | undefined {
  const [parts, wanted] = [path.split('/'), take.split('/')];
  for (let i = 0; i + wanted.length < parts.length; i++) {
    if (wanted.every((part, j) => part === parts[i + j])) return parts.slice(i + wanted.length).join('/');
  }
  return undefined;
}

function unpackError(archive: string, error: Error & { code?: string; path?: string }): Error {
  if (error.code === 'EEXIST') return new RangeError(`unpack: ${archive} holds ${error.path} twice`);
  if (error.code?.startsWith('Z_')) return new RangeError(`unpack: ${archive} is damaged (${error.message})`);
  return error;
}

function isGzip(path: string): boolean {
  const start = Buffer.alloc(2);
  const file = openSync(path, 'r');
  try {
    readSync(file, start);
  } finally {
    closeSync(file);
  }
  return start[0] === 0x1f && start[1] === 0x8b;
}
