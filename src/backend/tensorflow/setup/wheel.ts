import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { zipEntries } from '../../../files/zip.js';

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
export function readWheel(path: string): Promise<Wheel> {
  return explained(path, async () => {
    const sizes = new Map<string, number>();
    const notes: Record<string, string> = {};
    for await (const entry of zipEntries(path, basename(path))) {
      sizes.set(entry.path, entry.bytes);
      const kind = /^[^/]+\.dist-info\/(METADATA|WHEEL)$/.exec(entry.path)?.[1];
      if (kind) notes[kind] = await text(await entry.open());
    }
    const values = (kind: string, key: string): string[] =>
      (notes[kind] ?? '')
        .split('\n')
        .filter((line) => line.startsWith(`${key}: `))
        .map((line) => line.slice(key.length + 2).trim());
    const [name, version] = ['Name', 'Version'].map((key) => values('METADATA', key)[0]);
    if (!name || !version) throw new RangeError(`${basename(path)} holds no METADATA with name and version`);
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
 * Unpacks files, one after the other and streaming; their checksums are checked.
 * @param wanted   whether to take a file
 * @param onBytes  told how many bytes are written
 * @param signal   stops it
 * @throws RangeError  where a file is damaged
 */
export function extractWheel(
  path: string,
  folder: string,
  wanted: (name: string) => boolean,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  return explained(path, async () => {
    for await (const entry of zipEntries(path, basename(path))) {
      if (!wanted(entry.path)) continue;
      const target = join(folder, entry.path);
      mkdirSync(dirname(target), { recursive: true });
      const count = new Transform({
        transform: (chunk: Buffer, _, done) => {
          onBytes(chunk.length);
          done(null, chunk);
        },
      });
      await pipeline(await entry.open(), count, createWriteStream(target), { signal });
    }
  });
}

/** Says what to do where the wheel is at fault, which is when a RangeError says so. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(
      `setup tensorflow: ${path} is damaged or no wheel: ${error.message} ` +
        '(get it again, or leave out --from to have pip get it)',
    );
  }
}
