import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Compiled } from './compiled-cell.js';
import type { Locate, Place, SourcePlace } from './traceback.js';

/** Remembers where running code comes from: cells, and the local modules they import. */
export interface CellFiles {
  /** @returns the name under which the cell's code appears in stack traces */
  addCell(code: string, count: number, compiled: Compiled | undefined): string;
  addModule(path: string, compiled: Compiled | undefined): void;
  locate: Locate;
}

const CELL = 'notebook-cell-';

/** @param machinery  folders and names whose code is none of the user's affair */
export function cellFiles(root: string, machinery: string[]): CellFiles {
  const files = new Map<string, { compiled: Compiled; place: (place: Place) => SourcePlace }>();
  const hidden = ['node:', CELL, import.meta.dirname + sep, ...machinery];
  let serial = 0;
  return {
    addCell(source, cell, compiled) {
      const url = `${CELL}${++serial}`;
      const where = `cell ${cell}`;
      if (compiled) files.set(url, { compiled, place: (place) => ({ where, cell, source, ...place }) });
      return url;
    },
    addModule(path, compiled) {
      if (!compiled) return;
      const source = ['.ts', '.tsx'].map((end) => path.replace(/\.jsx?$/, end)).find(existsSync) ?? path;
      files.set(path, { compiled, place: (place) => ({ where: relative(root, source), ...place }) });
    },
    locate(file, place) {
      const known = files.get(file);
      if (!known) return hidden.some((start) => file.startsWith(start)) ? undefined : null;
      // A cell is called from a line of its own after its code.
      if (place.line > known.compiled.lines) return undefined;
      const origin = known.compiled.origin(place);
      return origin && known.place(origin);
    },
  };
}
