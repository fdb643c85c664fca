import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import type { Converter, ConvertResult, SideOutput } from 'tslab/dist/converter.js';
import type ts from 'typescript';
import { captureOutput } from './capture.js';
import { cellFiles } from './cell-files.js';
import { cellRunner, type ExecuteOptions, type ExecuteResult, type Language } from './cell-runner.js';
import type { CompilerWithBinder } from './cell-scope.js';
import type { Compiled } from './compiled-cell.js';
import { completeness } from './completeness.js';
import {
  type CompilerWithHelp,
  type Completeness,
  type Description,
  describeCall,
  describeName,
} from './editor-help.js';
import { INPUT_TYPES, input } from './input.js';
import { reportErrors } from './lost-errors.js';
import { moduleLoader } from './module-loader.js';
import { projectRoot } from './project-root.js';
import { transpile } from './transpile.js';
import { watchHosts } from './watch-host.js';

export type { ExecuteOptions, ExecuteResult } from './cell-runner.js';

export interface EngineOptions {
  /** Folder of the notebook. Relative imports look here first, then in the project's root. */
  directory: string;
}

export interface Engine {
  /** The project's folder, which is the working directory while the engine runs. */
  readonly root: string;
  /** Version of the TypeScript that cells are written in. */
  readonly languageVersion: string;
  /** Compiles, checks and runs one cell; cells that arrive meanwhile wait their turn. Never rejects. */
  execute(code: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /** Names that fit at `position`, and the range [start, end) that they replace. */
  complete(code: string, position: number): { start: number; end: number; candidates: string[] };
  /** Signature and documentation of what stands at `position`, or of the call around it. */
  inspect(code: string, position: number): Description | undefined;
  /** Whether the code can run as it stands or goes on, and with which indent. */
  isComplete(code: string): Completeness;
  /** Ends a cell that was stopped and has not ended yet, without waiting for its code. */
  abandon(): void;
  /** Whether running code may be killed where it stands; `force`: also where it would end by itself. */
  mayKill(force: boolean): boolean;
  /** Does work that must not be killed half-way. */
  alone<T>(work: () => T): T;
  close(): void;
}

/** tslab keeps a cell in this file, after `export {};` on a line of its own. */
const CELL_FILE = '__tslab__.ts';
const PREFIX = 'export {};\n';

/** What tslab puts on globalThis for the cells' code. */
interface TslabScope {
  exports: Record<string, unknown>;
  require(id: string): unknown;
  /** Ours: what the rewritten cells call. */
  cell: object;
}

/**
 * Starts the notebook language: tslab's converter and executor, with what tslab fixes in code set anew.
 * One engine at a time in a process: console, streams and working directory are the process's.
 * @throws Error  when another engine is running
 */
export function createEngine({ directory }: EngineOptions): Engine {
  const notebookFolder = resolve(directory);
  const root = projectRoot(notebookFolder);
  const capture = captureOutput();
  const previousFolder = process.cwd();
  process.chdir(root);
  const tslab = loadTslab(root, notebookFolder);

  const variables: Record<string, unknown> = { input };
  const files = cellFiles(root, ['evalmachine', tslab.folder]);
  const runner = cellRunner(tslab.language, capture, files, variables, INPUT_TYPES);
  const scope = Reflect.get(globalThis, '__tslab__') as TslabScope;
  const requireModule = scope.require;
  const modules = moduleLoader(root, (id) => requireModule(tslab.fromRoot(id)));
  // tslab's own object is a Proxy whose every write is slow: loops over a cell's variables would crawl.
  scope.exports = variables;
  scope.require = modules.require;
  const { load, whole } = modules;
  scope.cell = { at: runner.at, live: runner.live, kept: runner.kept, load, whole, import: modules.import };

  const restoreErrors = reportErrors(files.locate);

  return {
    root,
    languageVersion: tslab.version,
    execute: runner.execute,
    complete: (code, position) => {
      const { start, end, candidates } = tslab.converter.complete(runner.declarations, code, position);
      return { start, end, candidates };
    },
    inspect: (code, position) =>
      describeName(tslab.converter.inspect(runner.declarations, code, position)) ??
      tslab.callAt(PREFIX.length + position),
    isComplete: tslab.isComplete,
    abandon: runner.abandon,
    mayKill: runner.mayKill,
    alone: runner.alone,
    close: () => {
      restoreErrors();
      capture.release();
      tslab.converter.close();
      Reflect.deleteProperty(globalThis, '__tslab__');
      process.chdir(previousFolder);
    },
  };
}

interface Tslab {
  /** Folder of tslab's code. */
  folder: string;
  /** Version of its TypeScript. */
  version: string;
  converter: Converter;
  language: Language;
  /** A cell's relative import as seen from the project's root. */
  fromRoot(id: string): string;
  /** The call around `position` in the text last given to the converter. */
  callAt(position: number): Description | undefined;
  isComplete(code: string): Completeness;
}

/** Loads tslab with its fixed choices replaced. Most of an engine's start goes here. */
function loadTslab(root: string, notebookFolder: string): Tslab {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('tslab'));
  const fromTslab = createRequire(join(folder, 'converter.js'));
  const compilerPath = fromTslab.resolve('@tslab/typescript-for-tslab');
  const compiler = fromTslab(compilerPath) as typeof ts & CompilerWithHelp & CompilerWithBinder;
  const beside = new Map<string, string>();
  const compiledTexts = new Map<string, Compiled>();
  let program: ts.EmitAndSemanticDiagnosticsBuilderProgram | undefined;

  const patched: Partial<typeof ts> = {
    createWatchCompilerHost: watchHosts(compiler, {
      root,
      notebookFolder,
      cellFile: CELL_FILE,
      beside,
      onProgram: (made) => {
        program = made;
      },
    }),
    transpileModule: (input, options) => {
      const { output, compiled } = transpile(compiler, input, options, CELL_FILE, 1);
      compiledTexts.set(output.outputText, compiled);
      return output;
    },
  };
  // tslab binds the compiler's functions when its modules load, each engine's to that engine's choices.
  require.cache[compilerPath]!.exports = { ...compiler, ...patched };
  delete require.cache[fromTslab.resolve('./converter.js')];
  const { createConverter, isCompleteCode } = fromTslab(
    './converter.js',
  ) as typeof import('tslab/dist/converter.js');
  const { createExecutor } = fromTslab('./executor.js') as typeof import('tslab/dist/executor.js');
  require.cache[compilerPath]!.exports = compiler;

  const converter = createConverter({});
  const sideOutputs: SideOutput[] = [];
  let next: ConvertResult = { diagnostics: [] };
  let thrown: { value: unknown } | undefined;
  // The executor is to run what the runner has already compiled, and has no other way to report an error.
  const compiledNext = { ...converter, convert: () => next };
  const executor = createExecutor(
    root,
    { node: compiledNext, browser: compiledNext, close: converter.close },
    {
      log: () => {},
      error: (value: unknown) => {
        thrown = { value };
      },
    },
  );
  const takeCompiled = (text: string): Compiled | undefined => {
    const found = compiledTexts.get(text);
    compiledTexts.delete(text);
    return found;
  };

  const language: Language = {
    compile(declarations, code) {
      const made = converter.convert(declarations, code);
      const output = made.output ?? '';
      sideOutputs.push(...(made.sideOutputs ?? []));
      return {
        errors: made.diagnostics.map(({ code, messageText, fileName, start }) => ({
          code,
          message: messageText,
          file: fileName,
          line: start.line + 1,
          column: start.character + 1,
        })),
        code: output,
        compiled: takeCompiled(output),
        declarations: made.declOutput ?? '',
        resultName: made.lastExpressionVar,
        modules: (made.sideOutputs ?? []).map(({ path, data }) => ({ path, compiled: takeCompiled(data) })),
      };
    },
    async run(code) {
      // Always in an async function: tslab's own search for awaits misses `for await`.
      next = { output: code, hasToplevelAwait: true, sideOutputs: sideOutputs.splice(0), diagnostics: [] };
      thrown = undefined;
      await executor.execute('');
      return thrown;
    },
    interrupt: executor.interrupt,
    statementsBefore(code, place) {
      const file = compiler.createSourceFile(CELL_FILE, code, compiler.ScriptTarget.ES2022);
      const end = compiler.getPositionOfLineAndCharacter(file, place.line - 1, place.column - 1);
      const completed = file.statements.filter((one) => one.end <= end + 1);
      return code.slice(0, completed.at(-1)?.end ?? 0);
    },
  };

  return {
    folder: dirname(folder),
    version: compiler.version,
    converter,
    language,
    fromRoot: (id) => beside.get(id) ?? id,
    callAt: (position) => {
      const file = program?.getSourceFile(`${root.split(sep).join('/')}/${CELL_FILE}`);
      return program && file && describeCall(compiler, program.getProgram(), file, position);
    },
    isComplete: (code) => completeness(compiler, code, isCompleteCode(code)),
  };
}
