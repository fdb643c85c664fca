import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';

/** What a wheel says of itself. */
export interface Wheel {
  path: string;
  /** As pip writes it: lower case, with hyphens. */
  name: string;
  version: string;
  /** What it runs on, such as cp311-cp311-manylinux_2_27_x86_64. */
  tags: string[];
  /** Its requirements, such as `nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"`. */
  requires: string[];
  /** Files by path, with their size in bytes when unpacked. */
  sizes: Map<string, number>;
}

/** @throws RangeError  where the file cannot be read as a wheel */
export async function readWheel(path: string): Promise<Wheel> {
  return withZip(path, async (zip) => {
    const sizes = new Map<string, number>();
    const notes: Record<string, string> = {};
    for await (const entry of zip.eachEntry()) {
      sizes.set(entry.fileName, entry.uncompressedSize);
      const kind = /^[^/]+\.dist-info\/(METADATA|WHEEL)$/.exec(entry.fileName)?.[1];
      if (kind) notes[kind] = await text(await zip.openReadStreamPromise(entry));
    }
    const values = (kind: string, key: string): string[] =>
      (notes[kind] ?? '')
        .split('\n')
        .filter((line) => line.startsWith(`${key}: `))
        .map((line) => line.slice(key.length + 2).trim());
    const [name, version] = ['Name', 'Version'].map((key) => values('METADATA', key)[0]);
    if (!name || !version) throw new Error('it holds no METADATA');
    return {
      path,
      name: name.toLowerCase().replaceAll('_', '-'),
      version,
      tags: values('WHEEL', 'Tag'),
      requires: values('METADATA', 'Requires-Dist'),
      sizes,
    };
  });
}

/**
 * Unpacks files, one after the other and streaming, and checks their checksums.
 * @param wanted   whether to take a file
 * @param onBytes  told how many bytes are written
 * @param signal   stops it
 * @returns        the size of each file, by its path in `folder`
 * @throws RangeError  where a file is damaged
 */
export async function extractWheel(
  path: string,
  folder: string,
  wanted: (name: string) => boolean,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  return withZip(path, async (zip) => {
    const files: Record<string, number> = {};
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !wanted(entry.fileName)) continue;
      await extract(zip, entry, join(folder, entry.fileName), onBytes, signal);
      files[entry.fileName] = entry.uncompressedSize;
    }
    return files;
  });
}

async function extract(
  zip: ZipFile,
  entry: Entry,
  target: string,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  let sum = 0;
  const check = new Transform({
    transform: (chunk: Buffer, _, done) => {
      sum = crc32(chunk, sum);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  await pipeline(await zip.openReadStreamPromise(entry), check, createWriteStream(target), { signal });
  if (sum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} is wrong`);
}

async function withZip<T>(path: string, work: (zip: ZipFile) => Promise<T>): Promise<T> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    return await work(zip);
  } catch (error) {
    const { name, code = '', message } = error as NodeJS.ErrnoException;
    // What the system or the user says (a full disk, a stop) is not the wheel's fault.
    if (/^E[A-Z]+$/.test(code) || name === 'AbortError') throw error;
    throw new RangeError(
      `setup tensorflow: ${basename(path)} is damaged or no wheel: ${message} ` +
        '(get it again, or leave out --from to have pip get it)',
    );
  } finally {
    zip?.close();
  }
}
