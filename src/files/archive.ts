import type { Readable } from 'node:stream';

/** One file of an archive. */
export interface ArchiveEntry {
  /** Relative, with forward slashes, inside the archive's folder. */
  path: string;
  /** Size of the content. */
  bytes: number;
  /** The content, to be read before the next entry is asked for. */
  open(): Promise<Readable>;
}

/**
 * An entry's path, checked: a leading `./` is dropped.
 * @throws RangeError  for a path that leaves the folder, is absolute, or means different files on different systems
 */
export function safePath(where: string, path: string): string {
  const relative = path.replace(/^(\.\/)+/, '');
  if (isInside(relative)) return relative;
  throw new RangeError(`${where}: refuses the path ${JSON.stringify(path)}, which is not inside the archive`);
}

/** Whether a path with forward slashes stays inside its folder, on every system. */
export function isInside(path: string): boolean {
  if (/[\\:\p{Cc}]/u.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
