import { inspect } from 'node:util';
import type { ErrorOutput } from './output.js';

/** A place in a source text; line and column count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A place in the code that the user wrote. */
export interface SourcePlace extends Place {
  /** `cell 3`, or a file's path relative to the project. */
  where: string;
  /** The cell's number, for a place in a cell. */
  cell?: number;
  source?: string;
}

/**
 * Finds the user's source for a place in running code.
 * @returns undefined for code that is none of the user's affair (the notebook machinery), null where the place
 *          should be shown as it is
 */
export type Locate = (file: string, place: Place) => SourcePlace | null | undefined;

export interface LocatedError extends ErrorOutput {
  /** Line of the failing cell, from 1. */
  line?: number;
}

const FRAME = /^\s*at (?:(.*?) \()?(?:file:\/\/)?([^()]+?):(\d+):(\d+)\)?$/;
const MAX_CALLS = 12;
const RED = '\u001b[31m';
const PLAIN = '\u001b[39m';

/**
 * Describes whatever was thrown in terms of the user's TypeScript.
 * @param cell  the cell that failed, whose line is shown; undefined: whichever cell comes first in the stack
 */
export function describeThrown(thrown: unknown, cell: number | undefined, locate: Locate): LocatedError {
  const { ename, evalue } = nameAndMessage(thrown);
  const calls: string[] = [];
  let users = 0;
  let excerpt: SourcePlace | undefined;
  for (const line of stackLines(thrown)) {
    const frame = FRAME.exec(line);
    if (!frame) continue;
    const [, caller, file, row, column] = frame;
    const place = locate(file, { line: Number(row), column: Number(column) });
    if (place === undefined) continue;
    if (place?.cell !== undefined && (cell ?? place.cell) === place.cell) excerpt ??= place;
    const shown = place ? `${place.where}, line ${place.line}` : `${file}:${row}`;
    calls.push(`    at ${caller ? `${caller} (${shown})` : shown}`);
    if (place) users = calls.length;
  }
  // Whatever called the outermost line of the user's is no help to the user.
  if (users > 0) calls.length = users;
  const traceback = [`${RED}${ename}${PLAIN}: ${evalue}`];
  if (excerpt) traceback.push(...excerptLines(excerpt));
  traceback.push(...calls.slice(0, MAX_CALLS));
  if (calls.length > MAX_CALLS) traceback.push(`    … ${calls.length - MAX_CALLS} more calls`);
  for (
    let cause = causeOf(thrown), depth = 0;
    cause !== undefined && depth < 5;
    cause = causeOf(cause), depth++
  ) {
    const inner = nameAndMessage(cause);
    traceback.push(`caused by ${inner.ename}: ${inner.evalue}`);
  }
  return { type: 'error', ename, evalue, traceback, line: excerpt?.line };
}

/** A source line with its neighbour above and a caret below. */
export function excerptLines({ where, line, column, source }: SourcePlace): string[] {
  const lines = (source ?? '').split(/\r?\n/);
  const width = String(line).length;
  const shown = [`${where}, line ${line}:`];
  if (line > 1) shown.push(`    ${String(line - 1).padStart(width)} | ${lines[line - 2] ?? ''}`);
  shown.push(`  > ${line} | ${lines[line - 1] ?? ''}`);
  shown.push(
    `    ${' '.repeat(width)} | ${(lines[line - 1] ?? '').slice(0, column - 1).replace(/[^\t]/g, ' ')}^`,
  );
  return shown;
}

function nameAndMessage(thrown: unknown): { ename: string; evalue: string } {
  if (thrown instanceof Error || isErrorLike(thrown)) {
    return { ename: thrown.name || 'Error', evalue: thrown.message };
  }
  const ename =
    typeof thrown === 'object' && thrown !== null ? (thrown.constructor?.name ?? 'Object') : typeof thrown;
  return { ename, evalue: typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 }) };
}

/** Errors of another realm (jsdom, vm) are no `instanceof Error` here. */
function isErrorLike(thrown: unknown): thrown is Error {
  return Object.prototype.toString.call(thrown) === '[object Error]';
}

function stackLines(thrown: unknown): string[] {
  const stack =
    typeof thrown === 'object' && thrown !== null ? (thrown as { stack?: unknown }).stack : undefined;
  return typeof stack === 'string' ? stack.split('\n').slice(1) : [];
}

function causeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null ? (thrown as { cause?: unknown }).cause : undefined;
}
