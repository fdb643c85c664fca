import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileFault } from './file-fault.js';

/**
 * Writes a file so that nobody ever sees half of it: to a temporary name beside it, synced, then renamed over
 * `path`. A process killed half-way leaves the old file as it was. Missing folders are made.
 * @throws as `fileFault` says it, where the system refuses
 * @param chunks  written one after the other, as they come
 */
export function writeWhole(path: string, chunks: Iterable<string | Uint8Array>): void {
  const folder = dirname(path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(folder, { recursive: true });
    const file = openSync(temporary, 'wx');
    try {
      for (const chunk of chunks) writeFileSync(file, chunk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw fileFault(path, error);
  }
  syncFolder(folder);
}

/** Where a part of its path is a file, there is nothing to remove, and `rmSync` throws. */
export function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that brought us here says more.
  }
}

/** Makes the rename itself survive a power cut. Windows cannot open a folder, and needs no such step. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
