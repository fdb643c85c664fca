import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeWhole } from '../files/write-whole.js';

/** What a server said of a file when its download began, so that the rest is asked of the same file. */
interface Origin {
  url: string;
  /** Strong ETag or date of the last change. */
  validator: string | null;
}

/** The unfinished part of a download, and a note beside it of where it came from. */
export interface Partial {
  readonly path: string;
  /** Bytes there are of the file at `url`; what came from elsewhere is thrown away. */
  begin(url: string, checked: boolean): { start: number; validator: string | null };
  /** Notes where the bytes that follow come from. */
  note(origin: Origin): void;
  size(): number;
  remove(): void;
}

/** @param path  of the finished file */
export function partialOf(path: string): Partial {
  const [part, noted] = [`${path}.part`, `${path}.part.json`];
  const remove = (): void => {
    for (const file of [part, noted]) rmSync(file, { force: true });
  };
  const size = (): number => (existsSync(part) ? statSync(part).size : 0);
  return {
    path: part,
    size,
    remove,
    note: (origin) => writeWhole(noted, [JSON.stringify(origin)]),
    begin: (url, checked) => {
      const origin = readOrigin(noted);
      // Without a validator, only a checksum can tell that both parts are of one file.
      if (origin?.url === url && (origin.validator !== null || checked) && size() > 0) {
        return { start: size(), validator: origin.validator };
      }
      remove();
      return { start: 0, validator: null };
    },
  };
}

function readOrigin(path: string): Origin | undefined {
  try {
    const { url, validator } = JSON.parse(readFileSync(path, 'utf8')) as Origin;
    return typeof url === 'string' && (validator === null || typeof validator === 'string')
      ? { url, validator }
      : undefined;
  } catch {
    return undefined;
  }
}
