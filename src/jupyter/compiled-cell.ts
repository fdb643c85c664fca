import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Place } from './traceback.js';

/** Traces a place in running code back to the TypeScript that it came from, through the two compiler steps. */
export interface Compiled {
  /** How many lines the running code has. */
  lines: number;
  /** Place in the file that the compiler read. */
  origin(place: Place): Place | undefined;
  /** Place in that file of the n-th top-level statement. */
  statement(n: number): Place | undefined;
}

const MAP_COMMENT = /\n?\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Takes the inline source map off the text it ends. */
export function splitSourceMap(js: string): { js: string; map: SourceMapPayload | undefined } {
  const found = MAP_COMMENT.exec(js);
  if (!found) return { js, map: undefined };
  const map = JSON.parse(Buffer.from(found[1], 'base64').toString('utf8')) as SourceMapPayload;
  return { js: js.slice(0, found.index), map };
}

/** How a module was made of what the first compiler step wrote. */
interface Steps {
  /** What runs. */
  code: string;
  /** The module as the first step wrote it. */
  js: string;
  /** Offset in `js` of a place in `code`. */
  toJs(place: Place): number | undefined;
  /** Where the top-level statements begin in `js`. */
  statements: number[];
  /** Map from `js` to TypeScript. */
  toSource: SourceMapPayload | undefined;
  /** Lines before the user's own in the TypeScript. */
  prefix: number;
}

export function compiledFrom({ code, js, toJs, statements, toSource, prefix }: Steps): Compiled {
  // Read when something has gone wrong: most cells never need it.
  const sourceMap = once(() => toSource && new SourceMap(toSource));
  const fromJs = (offset: number | undefined): Place | undefined => {
    const map = sourceMap();
    const place = map && offset !== undefined && lookUp(map, placeOf(lineStarts(js), offset));
    return place ? { line: Math.max(1, place.line - prefix), column: place.column } : undefined;
  };
  return {
    lines: lineStarts(code).length,
    origin: (place) => fromJs(toJs(place)),
    statement: (n) => fromJs(statements[n]),
  };
}

/** Works out a value when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export function lookUp(map: SourceMap, { line, column }: Place): Place | undefined {
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalLine' in entry)) return undefined;
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function placeOf(starts: number[], offset: number): Place {
  let line = starts.length;
  while (starts[line - 1] > offset) line--;
  return { line, column: offset - starts[line - 1] + 1 };
}
