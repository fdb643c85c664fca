import { SourceMap, type SourceMapPayload } from 'node:module';
import type { MovedText } from './cell-code.js';
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

interface Steps {
  /** What runs. */
  code: string;
  /** Map from `code` to `moved.text`, as JSON. */
  toMoved: string;
  /** The rewritten module; knows its way back to `js`. */
  moved: MovedText;
  /** The module as the first compiler step wrote it. */
  js: string;
  /** Map from `js` to TypeScript. */
  toSource: SourceMapPayload | undefined;
  /** Lines before the user's own in the TypeScript. */
  prefix: number;
}

export function compiledFrom({ code, toMoved, moved, js, toSource, prefix }: Steps): Compiled {
  // Read when something has gone wrong: most cells never need them.
  const sourceMap = once(() => toSource && new SourceMap(toSource));
  const movedMap = once(() => new SourceMap(JSON.parse(toMoved) as SourceMapPayload));
  const fromJs = (offset: number): Place | undefined => {
    const map = sourceMap();
    const place = map && lookUp(map, placeOf(lineStarts(js), offset));
    return place && { line: Math.max(1, place.line - prefix), column: place.column };
  };
  return {
    lines: lineStarts(code).length,
    origin(place) {
      const inMoved = lookUp(movedMap(), place);
      if (!inMoved) return undefined;
      return fromJs(moved.origin(lineStarts(moved.text)[inMoved.line - 1] + inMoved.column - 1));
    },
    statement: (n) => (n in moved.statements ? fromJs(moved.statements[n]) : undefined),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function lookUp(map: SourceMap, { line, column }: Place): Place | undefined {
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalLine' in entry)) return undefined;
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function placeOf(starts: number[], offset: number): Place {
  let line = starts.length;
  while (starts[line - 1] > offset) line--;
  return { line, column: offset - starts[line - 1] + 1 };
}
