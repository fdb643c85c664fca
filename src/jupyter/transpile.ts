import type ts from 'typescript';
import { type MovedText, shareTopLevel } from './cell-code.js';
import { type Compiled, compiledFrom, splitSourceMap } from './compiled-cell.js';

/**
 * The compiler's second step, from an ES module to CommonJS, with the way back to the TypeScript.
 * @param input     the module, with the source map of the first step at its end
 * @param cellFile  name of the file that holds a cell; its top-level names become shared ones
 * @param prefix    lines that stand before a cell's own text
 */
export function transpile(
  compiler: typeof ts,
  input: string,
  options: ts.TranspileOptions,
  cellFile: string,
  prefix: number,
): { output: ts.TranspileOutput; compiled: Compiled } {
  const { js, map } = splitSourceMap(input);
  const isCell = map?.sources[0]?.endsWith(cellFile) ?? false;
  const moved: MovedText = isCell
    ? shareTopLevel(compiler, js)
    : { text: js, origin: (offset) => offset, statements: [] };
  const output = compiler.transpileModule(moved.text, {
    ...options,
    // Without it, names taken from an iterable at the top level, `const [a] = set`, would be read by index.
    compilerOptions: { ...options.compilerOptions, sourceMap: true, downlevelIteration: true },
  });
  const plain = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '\n');
  const code = isCell ? withoutResets(plain) : plain;
  const toMoved = output.sourceMapText ?? '{}';
  const compiled = compiledFrom({ code, toMoved, moved, js, toSource: map, prefix: isCell ? prefix : 0 });
  return { output: { ...output, outputText: code }, compiled };
}

/** Drops the lines `exports.a = exports.b = void 0` at the start: the old values hold until the new ones exist. */
function withoutResets(code: string): string {
  const start = code.indexOf('const __cell__');
  return code.slice(0, start).replace(/^(?:exports\.[^\s=]+ = )+void 0;$/gm, '') + code.slice(start);
}
