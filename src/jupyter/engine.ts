import { existsSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import vm from 'node:vm';
import type { Converter, ConvertResult, Diagnostic } from 'tslab/dist/converter.js';
import type { Executor } from 'tslab/dist/executor.js';
import type ts from 'typescript';
import { type CellContext, captureOutput } from './capture.js';
import { type MovedText, shareTopLevel } from './cell-code.js';
import { type Compiled, compiledFrom, splitSourceMap } from './compiled-cell.js';
import { toBundle } from './mime.js';
import type { ErrorOutput, Sink } from './output.js';
import {
  describeThrown,
  excerptLines,
  type LocatedError,
  type Place,
  type SourcePlace,
} from './traceback.js';

export interface EngineOptions {
  /** Folder of the notebook. Relative imports look here first, then in the project's root. */
  directory: string;
}

export interface ExecuteOptions {
  /** The number in `[3]`, for results and messages. Default: one more than the last. */
  executionCount?: number;
  /** Receives the cell's outputs, its error included; also what its asynchronous work shows later. */
  onOutput: Sink;
  /** Stops the cell: `execute` returns at once, its awaits throw, nothing more is shown. */
  signal?: AbortSignal;
}

export type ExecuteResult =
  | { status: 'ok'; executionCount: number }
  | { status: 'error'; executionCount: number; error: ErrorOutput; line?: number };

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
  inspect(code: string, position: number): { signature: string; documentation: string } | undefined;
  /** Whether the code can run as it stands or goes on, and with which indent. */
  isComplete(code: string): { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };
  close(): void;
}

/** Why a stopped cell's code ends. */
class Stopped extends Error {
  override name = 'Stopped';
}

/** tslab puts `export {};` on a line of its own before the cell. */
const PREFIX = 'export {};\n';

/**
 * Starts the notebook language: tslab's converter and executor, with what tslab fixes in code set anew.
 * One engine at a time in a process: console, streams and working directory are the process's.
 */
export function createEngine({ directory }: EngineOptions): Engine {
  const notebookFolder = resolve(directory);
  const root = projectRoot(notebookFolder);
  const previousFolder = process.cwd();
  process.chdir(root);
  const tslab = loadTslab(root, notebookFolder);
  const capture = captureOutput();
  const converter = tslab.createConverter();
  const variables: Record<string, unknown> = {};
  const files = new Map<string, { compiled: Compiled; place: (place: Place) => SourcePlace }>();
  const modules = new Map<string, unknown>();
  let declarations = '';
  let next: ConvertResult = { diagnostics: [] };
  let thrown: { value: unknown } | undefined;
  let statement = 0;
  let serial = 0;
  let lastCount = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const executor = tslab.createExecutor(root, { ...converter, convert: () => next }, (value) => {
    thrown = { value };
  });
  const scope = Reflect.get(globalThis, '__tslab__') as {
    exports: unknown;
    require: (id: string) => unknown;
    cell: unknown;
  };
  const requireModule = scope.require;
  // tslab's own object is a Proxy whose every write is slow: loops over a cell's variables would crawl.
  scope.exports = variables;
  scope.require = (id) => modules.get(id) ?? requireModule(tslab.fromRoot(id));
  scope.cell = {
    at: (index: number) => {
      live(undefined);
      statement = index;
    },
    live,
    load: loadModule,
  };
  const importModule = new vm.Script('(id) => import(id)', {
    filename: join(root, 'cell.mjs'),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as (id: string) => Promise<object>;

  const { stackTraceLimit, prepareStackTrace } = Error;
  // The cell's own line is often further down than the ten calls that Node keeps.
  Error.stackTraceLimit = 60;
  // V8's own text names cells; what tools put in its place (test runners, source-map-support) may not.
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  const onLost = (reason: unknown): void => {
    if (reason instanceof Stopped) return;
    process.stderr.write(`${describeThrown(reason, undefined, locate).traceback.join('\n')}\n`);
  };
  process.on('unhandledRejection', onLost);
  process.on('uncaughtException', onLost);

  return {
    root,
    languageVersion: tslab.languageVersion,
    execute: (code, options) => {
      const result = queue.then(() => executeCell(code, options));
      queue = result;
      return result;
    },
    complete: (code, position) => {
      const { start, end, candidates } = converter.complete(declarations, code, position);
      return { start, end, candidates };
    },
    inspect: (code, position) =>
      tslab.describe(converter.inspect(declarations, code, position)) ??
      tslab.callAt(PREFIX.length + position),
    isComplete: (code) => tslab.isComplete(code),
    close: () => {
      process.off('unhandledRejection', onLost);
      process.off('uncaughtException', onLost);
      Object.assign(Error, { stackTraceLimit, prepareStackTrace });
      capture.release();
      converter.close();
      Reflect.deleteProperty(globalThis, '__tslab__');
      process.chdir(previousFolder);
    },
  };

  function live<T>(value: T): T {
    if (capture.current()?.signal.aborted) throw new Stopped('the cell was stopped');
    return value;
  }

  /** Modules with a top-level await, or for `import` only, cannot be required; everything else can. */
  async function loadModule(id: string): Promise<void> {
    if (modules.has(id) || /^\.{0,2}\//.test(id)) return;
    try {
      requireModule(id);
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (!['ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(code))
        throw error;
      const namespace = await importModule(id);
      modules.set(id, Object.create(namespace, { __esModule: { value: true } }));
    }
  }

  async function executeCell(code: string, options: ExecuteOptions): Promise<ExecuteResult> {
    const count = options.executionCount ?? lastCount + 1;
    lastCount = count;
    const cell: CellContext = {
      sink: options.onOutput,
      signal: options.signal ?? new AbortController().signal,
    };
    const error = await capture.run(cell, () => runCell(code, count, cell));
    if (!error) return { status: 'ok', executionCount: count };
    const { line, ...output } = error;
    options.onOutput(output);
    return { status: 'error', executionCount: count, error: output, line };
  }

  async function runCell(code: string, count: number, cell: CellContext): Promise<LocatedError | undefined> {
    const converted = converter.convert(declarations, code);
    if (converted.diagnostics.length > 0) return describeDiagnostics(converted.diagnostics, code, count);
    for (const side of converted.sideOutputs ?? []) addFile(side.path, tslab.compiled(side.data));
    const url = `notebook-cell-${++serial}`;
    const compiled = tslab.compiled(converted.output ?? '');
    if (compiled) {
      files.set(url, {
        compiled,
        place: ({ line, column }) => ({
          where: `cell ${count}`,
          cell: count,
          source: code,
          line: line - 1,
          column,
        }),
      });
    }
    next = {
      ...converted,
      // Always in an async function: tslab's own search for awaits misses `for await`.
      hasToplevelAwait: true,
      lastExpressionVar: undefined,
      output: `${converted.output ?? ''}\n//# sourceURL=${url}`,
    };
    thrown = undefined;
    statement = 0;
    const stop = (): void => executor.interrupt();
    cell.signal.addEventListener('abort', stop);
    try {
      live(undefined);
      await executor.execute('');
      if (!thrown) await showResult(converted.lastExpressionVar, count, cell);
    } catch (value) {
      thrown = { value };
    }
    cell.signal.removeEventListener('abort', stop);
    if (!thrown) {
      declarations = converted.declOutput ?? '';
      return undefined;
    }
    keepCompleted(code, compiled);
    if (cell.signal.aborted) {
      return describeThrown(Object.assign(new Stopped('the cell was stopped'), { stack: '' }), count, locate);
    }
    const error = describeThrown((thrown as { value: unknown }).value, count, locate);
    return { ...error, line: error.line ?? lineOfStatement(compiled) };
  }

  async function showResult(name: string | undefined, count: number, cell: CellContext): Promise<void> {
    if (name === undefined) return;
    const value = variables[name];
    delete variables[name];
    if (value === undefined) return;
    const data = await toBundle(value);
    live(undefined);
    cell.sink({ type: 'execute_result', execution_count: count, data, metadata: {} });
  }

  /** Declares what a failed cell had declared before the statement that threw. */
  function keepCompleted(code: string, compiled: Compiled | undefined): void {
    const place = compiled?.statement(statement);
    if (!place) return;
    const completed = tslab.statementsBefore(code, { line: place.line - 1, column: place.column });
    if (completed === '') return;
    const converted = converter.convert(declarations, completed);
    if (converted.diagnostics.length === 0) declarations = converted.declOutput ?? '';
  }

  function lineOfStatement(compiled: Compiled | undefined): number | undefined {
    const place = compiled?.statement(statement);
    return place && place.line - 1;
  }

  function addFile(path: string, compiled: Compiled | undefined): void {
    if (!compiled) return;
    const source = ['.ts', '.tsx'].map((end) => path.replace(/\.jsx?$/, end)).find(existsSync) ?? path;
    files.set(path, { compiled, place: (place) => ({ where: relative(root, source), ...place }) });
  }

  function locate(file: string, place: Place): SourcePlace | null | undefined {
    const known = files.get(file);
    if (known) {
      // tslab calls the cell from a line of its own after the code.
      if (place.line > known.compiled.lines) return undefined;
      const origin = known.compiled.origin(place);
      return origin && known.place(origin);
    }
    const machinery = ['node:', 'evalmachine', 'notebook-cell-', import.meta.dirname + sep, tslab.folder];
    return machinery.some((start) => file.startsWith(start)) ? undefined : null;
  }
}

/** Folder of the nearest package.json at or above `directory`, or `directory` itself. */
export function projectRoot(directory: string): string {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return resolve(directory);
  }
}

function describeDiagnostics(diagnostics: Diagnostic[], code: string, count: number): LocatedError {
  const traceback: string[] = [];
  let previous: Diagnostic | undefined;
  for (const one of diagnostics) {
    // tslab lists the lines of one message as messages of their own at the same place.
    if (previous && previous.start.offset === one.start.offset && previous.fileName === one.fileName) {
      traceback.push(`    ${one.messageText}`);
      continue;
    }
    previous = one;
    const place = { line: one.start.line + 1, column: one.start.character + 1 };
    traceback.push(`\u001b[31mTypeScript error TS${one.code}\u001b[39m: ${one.messageText}`);
    if (one.fileName) traceback.push(`${one.fileName}, line ${place.line}, column ${place.column}`);
    else traceback.push(...excerptLines({ where: `cell ${count}`, source: code, ...place }));
  }
  const [first] = diagnostics;
  const line = first.fileName ? undefined : first.start.line + 1;
  const evalue = `TS${first.code}: ${first.messageText}`;
  return { type: 'error', ename: 'TypeScriptError', evalue, traceback, line };
}

interface Tslab {
  /** Folder of tslab's code. */
  folder: string;
  languageVersion: string;
  createConverter(): Converter;
  createExecutor(root: string, converter: Converter, onThrown: (value: unknown) => void): Executor;
  /** What stands behind a text that the converter gave out. */
  compiled(code: string): Compiled | undefined;
  /** A cell's relative import as seen from the project's root. */
  fromRoot(id: string): string;
  /** The cell's text up to the last statement that ends before `place`. */
  statementsBefore(code: string, place: Place): string;
  describe(info: ts.QuickInfo | undefined): { signature: string; documentation: string } | undefined;
  callAt(position: number): { signature: string; documentation: string } | undefined;
  isComplete(code: string): ReturnType<Engine['isComplete']>;
}

/** Loads tslab with its fixed choices replaced. Costs most of an engine's start, so nothing loads it earlier. */
function loadTslab(root: string, notebookFolder: string): Tslab {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('tslab'));
  const fromTslab = createRequire(join(folder, 'converter.js'));
  const compilerPath = fromTslab.resolve('@tslab/typescript-for-tslab');
  const compiler = fromTslab(compilerPath) as typeof ts & TslabCompiler;
  const cellFile = `${root.split(sep).join('/')}/__tslab__.ts`;
  const beside = new Map<string, string>();
  const compiledTexts = new Map<string, Compiled>();
  let builder: ts.EmitAndSemanticDiagnosticsBuilderProgram | undefined;

  const patched: Partial<typeof ts> = {
    createWatchCompilerHost: ((files: string[], options: ts.CompilerOptions, ...rest: [ts.System]) => {
      const chosen = { ...options, ...languageOptions(compiler) };
      const host = compiler.createWatchCompilerHost(files, chosen, ...rest);
      host.resolveModuleNameLiterals = moduleResolver(compiler, host, root, notebookFolder, beside);
      // The compiler would resolve every import of every file anew for each cell.
      host.hasInvalidatedResolutions = (path) => path.endsWith('/__prev__.d.ts') || isEditable(path);
      return Object.defineProperty(host, 'afterProgramCreate', {
        get: () => undefined,
        set: (created: (program: ts.EmitAndSemanticDiagnosticsBuilderProgram) => void) => {
          Object.defineProperty(host, 'afterProgramCreate', {
            value: (program: ts.EmitAndSemanticDiagnosticsBuilderProgram) => {
              builder = program;
              created(withShorthands(compiler, program));
            },
          });
        },
        configurable: true,
      });
    }) as typeof ts.createWatchCompilerHost,
    transpileModule: (input, options) => {
      const { js, map } = splitSourceMap(input);
      const isCell = map?.payload.sources[0]?.endsWith('__tslab__.ts') ?? false;
      const moved: MovedText = isCell
        ? shareTopLevel(compiler, js)
        : { text: js, origin: (offset) => offset, statements: [] };
      const output = compiler.transpileModule(moved.text, {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      });
      const plain = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '\n');
      const code = isCell ? withoutResets(plain) : plain;
      const toMoved = new SourceMap(JSON.parse(output.sourceMapText ?? '{}'));
      compiledTexts.set(code, compiledFrom(code, toMoved, moved, js, map));
      return { ...output, outputText: code };
    },
  };
  require.cache[compilerPath]!.exports = { ...compiler, ...patched };
  // Each engine's tslab is its own, bound to this engine's choices.
  delete require.cache[fromTslab.resolve('./converter.js')];
  const { createConverter, isCompleteCode } = fromTslab('./converter.js') as ConverterModule;
  const { createExecutor } = fromTslab('./executor.js') as ExecutorModule;
  require.cache[compilerPath]!.exports = compiler;

  return {
    folder: dirname(folder),
    languageVersion: compiler.version,
    createConverter: () => createConverter({}),
    createExecutor: (at, converter, onThrown) =>
      createExecutor(
        at,
        { node: converter, browser: converter, close: () => converter.close() },
        { log: () => {}, error: onThrown },
      ),
    compiled: (code) => {
      const found = compiledTexts.get(code);
      compiledTexts.delete(code);
      return found;
    },
    fromRoot: (id) => beside.get(id) ?? id,
    statementsBefore: (code, place) => {
      const file = compiler.createSourceFile(cellFile, code, compiler.ScriptTarget.ES2022);
      const end = compiler.getPositionOfLineAndCharacter(file, place.line - 1, place.column - 1);
      const completed = file.statements.filter((one) => one.end <= end + 1);
      return code.slice(0, completed.at(-1)?.end ?? 0);
    },
    describe: (info) => {
      if (!info) return undefined;
      const text = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
        (parts ?? []).map((part) => part.text).join('');
      return { signature: text(info.displayParts), documentation: text(info.documentation) };
    },
    callAt: (position) => {
      const file = builder?.getSourceFile(cellFile);
      if (!builder || !file) return undefined;
      const help = compiler.SignatureHelp.getSignatureHelpItems(
        builder.getProgram(),
        file,
        position,
        undefined,
        NEVER_CANCELLED,
      );
      const item = help?.items[help.selectedItemIndex];
      if (!item) return undefined;
      const text = (parts: readonly ts.SymbolDisplayPart[]): string =>
        parts.map((part) => part.text).join('');
      const parameters = item.parameters.map((one) => text(one.displayParts));
      return {
        signature:
          text(item.prefixDisplayParts) +
          parameters.join(text(item.separatorDisplayParts)) +
          text(item.suffixDisplayParts),
        documentation: text(item.documentation),
      };
    },
    isComplete: (code) => {
      const { completed, indent } = isCompleteCode(code);
      if (!completed) return { status: 'incomplete', indent: indent ?? '' };
      const { diagnostics } = compiler.transpileModule(code, {
        reportDiagnostics: true,
        fileName: 'cell.ts',
      });
      return { status: diagnostics?.length ? 'invalid' : 'complete' };
    },
  };
}

type ConverterModule = typeof import('tslab/dist/converter.js');
type ExecutorModule = typeof import('tslab/dist/executor.js');

/** What tslab's build of the compiler offers beyond the public interface. */
interface TslabCompiler {
  SignatureHelp: {
    getSignatureHelpItems(
      program: ts.Program,
      file: ts.SourceFile,
      position: number,
      reason: undefined,
      cancellation: typeof NEVER_CANCELLED,
    ): ts.SignatureHelpItems | undefined;
  };
}

const NEVER_CANCELLED = {
  isCancellationRequested: (): boolean => false,
  throwIfCancellationRequested: (): void => {},
};

/** Everything that tslab decides in code and we decide otherwise. */
function languageOptions(compiler: typeof ts): ts.CompilerOptions {
  return {
    // Mistakes are to show before a long training run, not after it.
    strict: true,
    // Reads a package's `exports`, this package's own name included, and lets `./x` mean x.ts.
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    // What Node 20 has: toSorted, findLast and so on.
    lib: ['lib.es2023.d.ts'],
    // All of @types would be read otherwise, for names that only a browser has: half of the start-up time.
    types: ['node'],
    // The stock setting turns an await at top level into an error that tslab then ignores, but not `for await`.
    disableTopLevelAwait: false,
    // Errors are to name the cell's own lines.
    inlineSourceMap: true,
  };
}

/** Installed packages and built declarations do not change under a running notebook; what the user edits may. */
function isEditable(file: string): boolean {
  return !file.includes('/node_modules/') && !file.endsWith('.d.ts');
}

/** Resolves imports, looking for a cell's relative ones beside the notebook before the project's root. */
function moduleResolver(
  compiler: typeof ts,
  host: ts.ModuleResolutionHost,
  root: string,
  notebookFolder: string,
  beside: Map<string, string>,
): NonNullable<ts.CompilerHost['resolveModuleNameLiterals']> {
  const posix = (path: string): string => path.split(sep).join('/');
  const cells = new Set(['__tslab__.ts', '__prev__.d.ts'].map((name) => `${posix(root)}/${name}`));
  const settled = compiler.createModuleResolutionCache(root, (path) => path);
  return (literals, containingFile, redirected, options) =>
    literals.map(({ text: name }) => {
      const cache = isEditable(containingFile) || cells.has(containingFile) ? undefined : settled;
      if (cells.has(containingFile) && /^\.\.?\//.test(name) && notebookFolder !== root) {
        const from = `${posix(notebookFolder)}/__tslab__.ts`;
        const found = compiler.resolveModuleName(name, from, options, host, undefined, redirected);
        if (found.resolvedModule) {
          beside.set(name, `./${posix(relative(root, resolve(notebookFolder, name)))}`);
          return found;
        }
        beside.delete(name);
      }
      return compiler.resolveModuleName(name, containingFile, options, host, cache, redirected);
    });
}

/**
 * Makes `{ x }` mean `{ x: exports.x }` where x comes from an earlier cell: tslab rewrites every other use of
 * such a name and overlooks this one.
 */
function withShorthands(
  compiler: typeof ts,
  program: ts.EmitAndSemanticDiagnosticsBuilderProgram,
): ts.EmitAndSemanticDiagnosticsBuilderProgram {
  const before: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
    const checker = program.getProgram().getTypeChecker();
    const visit = (node: ts.Node): ts.Node => {
      if (compiler.isShorthandPropertyAssignment(node)) {
        const symbol = checker.getShorthandAssignmentValueSymbol(node);
        if (symbol?.declarations?.some((one) => one.getSourceFile().fileName.endsWith('/__prev__.d.ts'))) {
          const { factory } = context;
          const value = factory.createPropertyAccessExpression(
            factory.createIdentifier('exports'),
            node.name.text,
          );
          return factory.createPropertyAssignment(node.name.text, value);
        }
      }
      return compiler.visitEachChild(node, visit, context);
    };
    return compiler.visitEachChild(file, visit, context);
  };
  return Object.create(program, {
    emit: {
      value: (...[file, write, token, declarationsOnly, custom]: Parameters<typeof program.emit>) =>
        program.emit(file, write, token, declarationsOnly, {
          ...custom,
          before: [before, ...(custom?.before ?? [])],
        }),
    },
  });
}

/** Drops the lines `exports.a = exports.b = void 0` at the start: the old values hold until the new ones exist. */
function withoutResets(code: string): string {
  const start = code.indexOf('const __cell__');
  return code.slice(0, start).replace(/^(?:exports\.[^\s=]+ = )+void 0;$/gm, '') + code.slice(start);
}
