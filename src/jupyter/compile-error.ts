import { excerptLines, type LocatedError, type Place } from './traceback.js';

/** An error that the compiler found, at a place in the cell or in the local module `file`. */
export interface CompileError extends Place {
  code: number;
  message: string;
  file?: string;
}

/** One error output for all that the compiler found in a cell, each with its line and a caret. */
export function describeCompileErrors(errors: CompileError[], code: string, count: number): LocatedError {
  const traceback: string[] = [];
  let previous: CompileError | undefined;
  for (const one of errors) {
    // The lines of one message come as messages of their own at the same place.
    if (previous?.line === one.line && previous.column === one.column && previous.file === one.file) {
      traceback.push(`    ${one.message}`);
      continue;
    }
    previous = one;
    traceback.push(`\u001b[31mTypeScript error TS${one.code}\u001b[39m: ${one.message}`);
    if (one.file) traceback.push(`${one.file}, line ${one.line}, column ${one.column}`);
    else {
      const { line, column } = one;
      traceback.push(...excerptLines({ where: `cell ${count}`, source: code, line, column }));
    }
  }
  const [first] = errors;
  const line = first.file ? undefined : first.line;
  const evalue = `TS${first.code}: ${first.message}`;
  return { type: 'error', ename: 'TypeScriptError', evalue, traceback, line };
}
