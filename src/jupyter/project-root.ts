import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Folder of the nearest package.json at or above `directory`, or `directory` itself. */
export function projectRoot(directory: string): string {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return resolve(directory);
  }
}
