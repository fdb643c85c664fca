import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

const { dirname, join, relative } = posix;

const REFERENCE = /^\/\/\/ *<reference (lib|path)="([^"]+)" *\/>.*$/gm;
/** An import or export outside all braces, which makes a file a module: its names are not everybody's. */
const MODULE = /^(import|export)\b/m;

/** A file that refers to others, and which references to follow. */
export interface Joinable {
  main: string;
  /** The file that a reference means; undefined: the compiler is to follow it. */
  referenced(kind: 'lib' | 'path', name: string, from: string): string | undefined;
}

/** The language's library, by its file that refers to the others. */
export function library(main: string): Joinable {
  return {
    main,
    referenced: (kind, name) => (kind === 'lib' ? join(dirname(main), `lib.${name}.d.ts`) : undefined),
  };
}

/** Declarations of a package, by its file that refers to the others. */
export function declarations(main: string): Joinable {
  return {
    main,
    referenced: (kind, name, from) => (kind === 'path' ? join(dirname(from), name) : undefined),
  };
}

/**
 * Gives the compiler one file rather than the sixty that it is made of: for each cell it would go through all of them,
 * and put together anew what several of them say about one type. Modules stay files of their own.
 * @returns the text for a path; undefined for one that is none of these files
 */
export function joinedFiles({ main, referenced }: Joinable): (path: string) => string | undefined {
  const joined = new Set<string>();
  const kept = new Set<string>();
  const texts: string[] = [];
  const add = (file: string): void => {
    if (joined.has(file)) return;
    const text = readFileSync(file, 'utf8');
    if (file !== main && MODULE.test(text)) {
      kept.add(`/// <reference path="${relative(dirname(main), file)}" />`);
      return;
    }
    joined.add(file);
    for (const [line, kind, name] of text.matchAll(REFERENCE)) {
      const other = referenced(kind as 'lib' | 'path', name, file);
      if (other === undefined) kept.add(line);
      else add(other);
    }
    texts.push(text.replace(REFERENCE, ''));
  };
  add(main);
  const whole = [...kept, ...texts].join('\n');
  return (path) => (path === main ? whole : joined.has(path) ? '' : undefined);
}
