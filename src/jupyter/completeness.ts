import type ts from 'typescript';
import type { Completeness } from './editor-help.js';

/** The compiler's numbers for a template literal and a comment without an end. */
const UNTERMINATED = [1160, 1010];

/** @param brackets  what is known already: whether all brackets are closed, and the indent of the next line */
export function completeness(
  compiler: typeof ts,
  code: string,
  { completed, indent }: { completed: boolean; indent?: string },
): Completeness {
  if (!completed) return { status: 'incomplete', indent: indent ?? '' };
  const { diagnostics } = compiler.transpileModule(code, { reportDiagnostics: true, fileName: 'cell.ts' });
  if (diagnostics?.some(({ code }) => UNTERMINATED.includes(code))) {
    return { status: 'incomplete', indent: '' };
  }
  return { status: diagnostics?.length ? 'invalid' : 'complete' };
}
