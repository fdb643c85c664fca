import { type Readable, Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { type ArchiveEntry, safePath } from './archive.js';

/** One entry is at most so many times its packed size: what deflate can do, and no more. */
const mostDeflated = 1032;

/**
 * The files of a zip archive, in the order of its directory. Sizes and checksums are verified while a file is read.
 * @param source  path of the archive, or its bytes
 * @param name    stands for the archive in messages
 * @throws RangeError  `readZip: NAME: …` for a damaged archive, an encrypted file, a link or a path that leaves it
 */
export async function* zipEntries(source: string | Uint8Array, name: string): AsyncGenerator<ArchiveEntry> {
  const where = `readZip: ${name}`;
  const fail = (error: unknown) => new RangeError(`${where}: ${(error as Error).message}`);
  // The library replaces backslashes and checks paths, then ours are checked again by one rule for all archives.
  const options = { autoClose: false, strictFileNames: true } as const;
  let zip: ZipFile;
  try {
    zip =
      typeof source === 'string'
        ? await openPromise(source, options)
        : await fromBufferPromise(Buffer.from(source.buffer, source.byteOffset, source.byteLength), options);
  } catch (error) {
    throw fail(error);
  }
  try {
    const entries = zip.eachEntry();
    let packed = 0;
    for (;;) {
      const next = await entries.next().catch((error) => {
        throw fail(error);
      });
      if (next.done) return;
      const entry = next.value;
      // Entries that share their data would unpack to any multiple of what the archive can hold.
      packed += entry.compressedSize;
      if (packed > zip.fileSize) {
        throw fail(
          new Error(
            `its files claim ${packed} packed bytes, more than its own ${zip.fileSize} (they overlap)`,
          ),
        );
      }
      if (entry.fileName.endsWith('/')) continue;
      const path = safePath(where, entry.fileName);
      if (isLink(entry)) throw fail(new Error(`refuses the link ${path}`));
      if (entry.uncompressedSize > mostDeflated * entry.compressedSize + 64) {
        throw fail(new Error(`${path} claims ${entry.uncompressedSize} bytes, more than its data can hold`));
      }
      yield { path, bytes: entry.uncompressedSize, open: () => openEntry(zip, entry, `${where}: ${path}`) };
    }
  } finally {
    zip.close();
  }
}

async function openEntry(zip: ZipFile, entry: Entry, where: string): Promise<Readable> {
  const fail = (error: Error) => new RangeError(`${where}: ${error.message}`);
  let sum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === entry.crc32 ? null : fail(new Error('the data does not have its checksum (damaged)')));
    },
  });
  try {
    const packed = await zip.openReadStreamPromise(entry);
    packed.on('error', (error) => check.destroy(fail(error)));
    check.on('close', () => packed.destroy());
    return packed.pipe(check);
  } catch (error) {
    throw fail(error as Error);
  }
}

/** Unix keeps a file's type in the upper half of its external attributes. */
function isLink(entry: Entry): boolean {
  const madeOnUnix = entry.versionMadeBy >> 8 === 3;
  return madeOnUnix && ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}
