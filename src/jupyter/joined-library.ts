import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

const REFERENCE = /^\/\/\/ *<reference lib="([^"]+)" *\/>.*$/gm;

/**
 * Gives the compiler the language's library as one file rather than the sixty that it is made of: for each cell it
 * would go through all of them, and put together anew what several of them say about one type.
 * @param folder  where the library is
 * @param main    its file that refers to the others
 * @returns the text for a path; undefined for one that is none of the library's
 */
export function joinedLibrary(folder: string, main: string): (path: string) => string | undefined {
  const seen = new Set<string>();
  const texts: string[] = [];
  const add = (name: string): void => {
    const file = posix.join(folder, name);
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, reference] of text.matchAll(REFERENCE)) add(`lib.${reference}.d.ts`);
    texts.push(text.replace(REFERENCE, ''));
  };
  add(main);
  const joined = texts.join('\n');
  return (path) => (path === posix.join(folder, main) ? joined : seen.has(path) ? '' : undefined);
}
