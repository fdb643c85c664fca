import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import type { FileHash } from './hash.js';

/**
 * Checksums of archives for which the manifest has none, as this machine first saw them: `checksums.json` in the
 * download folder. A later download must agree with them.
 */
export function readRecorded(folder: string): Record<string, FileHash> {
  const path = join(folder, 'checksums.json');
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new RangeError(`data: ${path} is damaged (${(error as Error).message}; remove it)`);
  }
}

export function recordChecksum(folder: string, file: string, { bytes, sha256 }: FileHash): void {
  const all = { ...readRecorded(folder), [file]: { bytes, sha256 } };
  writeWhole(join(folder, 'checksums.json'), [`${JSON.stringify(all, null, 2)}\n`]);
}
