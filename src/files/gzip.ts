import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A file's bytes, unpacked where they are gzip (by their first two bytes, whatever the name says). */
export function readUnpacked(where: string, path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new RangeError(
      `${where}: ${path}: the gzip data is damaged or cut short (${(error as Error).message}); get the file again`,
    );
  }
}
