import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const ELSEWHERE = 'free some, or set SPIKINGSSM_TENSORFLOW to a folder on another disk';

/** Bytes that a folder's disk has left; the folder need not be there yet. */
export function freeBytes(folder: string): number {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return bavail * bsize;
}

/** @throws Error  where a folder's disk has less left than is needed */
export function checkFree(folder: string, needed: number): void {
  const free = freeBytes(folder);
  if (free >= needed) return;
  throw new Error(
    `setup tensorflow: ${megabytes(needed)} are needed in ${folder}, ${megabytes(free)} are free (${ELSEWHERE})`,
  );
}

/** The error itself, or a clear one where it says that the disk is full. */
export function explainFull(error: unknown, folder: string): unknown {
  const { code, message = '' } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && !/no space left|ENOSPC/i.test(message)) return error;
  return new Error(
    `setup tensorflow: the disk of ${folder} is full, ${megabytes(freeBytes(folder))} are free (${ELSEWHERE})`,
  );
}

export function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
