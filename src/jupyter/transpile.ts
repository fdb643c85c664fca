import { SourceMap, type SourceMapPayload } from 'node:module';
import type ts from 'typescript';
import { cellCode } from './cell-code.js';
import type { CompilerWithBinder } from './cell-scope.js';
import { type Compiled, compiledFrom, lineStarts, lookUp, once, splitSourceMap } from './compiled-cell.js';

/** What tslab runs, and the way back to the TypeScript. */
export interface Transpiled {
  output: ts.TranspileOutput;
  compiled: Compiled;
}

/**
 * The second step, from the ES module that the compiler wrote to code for tslab's `exports` and `require`. A cell's
 * top-level names become shared ones; that needs no further program, which would take as long as the first step.
 * @param input     the module, with the source map of the first step at its end
 * @param cellFile  name of the file that holds a cell
 * @param prefix    lines that stand before a cell's own text
 */
export function transpile(
  compiler: typeof ts & CompilerWithBinder,
  input: string,
  options: ts.TranspileOptions,
  cellFile: string,
  prefix: number,
): Transpiled {
  const { js, map } = splitSourceMap(input);
  if (!map?.sources[0]?.endsWith(cellFile)) return transpileModule(compiler, js, map, options);
  const { text: code, origin, statements } = cellCode(compiler, js);
  const toJs = ({ line, column }: { line: number; column: number }): number =>
    origin(lineStarts(code)[line - 1] + column - 1);
  return {
    output: { outputText: code },
    compiled: compiledFrom({ code, js, toJs, statements, toSource: map, prefix }),
  };
}

/** A local module that a cell imports stays a module of its own. */
function transpileModule(
  compiler: typeof ts,
  js: string,
  toSource: SourceMapPayload | undefined,
  options: ts.TranspileOptions,
): Transpiled {
  const output = compiler.transpileModule(js, {
    ...options,
    // Without `downlevelIteration` names taken from an iterable, `export const [a] = set`, would be read by index.
    compilerOptions: { ...options.compilerOptions, sourceMap: true, downlevelIteration: true },
  });
  const code = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '\n');
  const map = once(() => new SourceMap(JSON.parse(output.sourceMapText ?? '{}') as SourceMapPayload));
  const starts = lineStarts(js);
  return {
    output: { ...output, outputText: code },
    compiled: compiledFrom({
      code,
      js,
      toJs: (place) => {
        const found = lookUp(map(), place);
        return found && starts[found.line - 1] + found.column - 1;
      },
      statements: [],
      toSource,
      prefix: 0,
    }),
  };
}
