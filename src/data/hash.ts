import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface FileHash {
  bytes: number;
  sha256: string;
}

/** Size and sha256 of a file, read in pieces. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<FileHash> {
  const counter = hashing();
  await pipeline(createReadStream(path), counter.sink, { signal });
  return counter.result();
}

/** Size and sha256 of a file's content, unpacked where its name ends in `.gz`. */
export async function hashContent(path: string, signal?: AbortSignal): Promise<FileHash> {
  if (!path.endsWith('.gz')) return hashFile(path, signal);
  const counter = hashing();
  await pipeline(createReadStream(path), createGunzip(), counter.sink, { signal });
  return counter.result();
}

/** What is wrong with a file; undefined where all that is known of it fits. */
export function difference(
  found: FileHash,
  expected: { bytes: number | null; sha256: string | null },
): string | undefined {
  if (expected.bytes !== null && found.bytes !== expected.bytes) {
    return `${found.bytes} bytes, expected ${expected.bytes}`;
  }
  if (expected.sha256 !== null && found.sha256 !== expected.sha256) {
    return `sha256 ${found.sha256}, expected ${expected.sha256}`;
  }
  return undefined;
}

/** A sink that counts and hashes what flows into it. */
function hashing(): { sink: Writable; result(): FileHash } {
  const hash = createHash('sha256');
  let bytes = 0;
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done();
    },
  });
  return { sink, result: () => ({ bytes, sha256: hash.digest('hex') }) };
}
