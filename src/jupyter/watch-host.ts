import { posix } from 'node:path';
import type ts from 'typescript';
import { plainPrograms } from './cell-program.js';
import type { CompilerWithBinder } from './cell-scope.js';
import { declarations, joinedFiles, library } from './joined-files.js';
import { languageOptions } from './language-options.js';
import { isEditable, moduleResolver } from './module-resolver.js';
import { withShorthands } from './shorthand.js';

type Program = ts.EmitAndSemanticDiagnosticsBuilderProgram;
type WatchHost = ts.WatchCompilerHostOfFilesAndCompilerOptions<Program>;

export interface WatchHostParts {
  /** The project's folder. */
  root: string;
  notebookFolder: string;
  /** Name of the file that holds a cell. */
  cellFile: string;
  /** Receives, for a cell's relative imports of files beside the notebook, their names as seen from the root. */
  beside: Map<string, string>;
  onProgram(program: Program): void;
}

/** The compiler's `createWatchCompilerHost`, with what tslab chooses replaced by what notebooks need. */
export function watchHosts(
  compiler: typeof ts & CompilerWithBinder,
  { root, notebookFolder, cellFile, beside, onProgram }: WatchHostParts,
): typeof ts.createWatchCompilerHost {
  return ((names: string[], options: ts.CompilerOptions, ...rest: [ts.System]) => {
    const chosen = { ...options, ...languageOptions(compiler) };
    const host = compiler.createWatchCompilerHost(names, chosen, ...rest);
    const watched = host as unknown as WatchHost;
    watched.createProgram = plainPrograms(compiler, (file) => file.endsWith(`/${cellFile}`));
    joinFiles(host, posix.join(posix.dirname(host.getDefaultLibFileName(chosen)), chosen.lib![0]));
    keepTimersApart(host);
    host.resolveModuleNameLiterals = moduleResolver(compiler, host, root, notebookFolder, beside);
    // The compiler would resolve every import of every file anew for each cell.
    host.hasInvalidatedResolutions = (path) => path.endsWith('/__prev__.d.ts') || isEditable(path);
    return changePrograms(watched, (program) => {
      onProgram(program);
      return withShorthands(compiler, program);
    });
  }) as typeof ts.createWatchCompilerHost;
}

/** The index of Node's declarations; older compilers get another one. */
const NODE_TYPES = /\/@types\/node\/(ts[\d.]+\/)?index\.d\.ts$/;

/** Lets the compiler read the language's library and Node's declarations as one file each. */
function joinFiles(host: { readFile: ts.System['readFile'] }, mainOfLibrary: string): void {
  const { readFile } = host;
  const joined = [joinedFiles(library(mainOfLibrary))];
  const read = (path: string): string | undefined => {
    for (const textOf of joined) {
      const text = textOf(path);
      if (text !== undefined) return text;
    }
    if (!NODE_TYPES.test(path)) return undefined;
    joined.push(joinedFiles(declarations(path)));
    return read(path);
  };
  host.readFile = (path, encoding) => read(path) ?? readFile(path, encoding);
}

/**
 * tslab holds one timer, the compiler's next update, and gives up when another is set or an update has failed.
 * The compiler has a second one, for installed packages that come and go: that becomes an ordinary timer.
 */
function keepTimersApart(host: ts.WatchHost): void {
  const { setTimeout: setUpdate, clearTimeout: clearUpdate } = host;
  const ordinary = new Set<unknown>();
  host.setTimeout = (callback, milliseconds, ...rest) => {
    if (callback.name !== 'updateProgramWithWatchStatus') {
      const timer = setTimeout(callback, milliseconds, ...rest).unref();
      ordinary.add(timer);
      return timer;
    }
    const timer: unknown = setUpdate?.(() => {
      try {
        callback();
      } catch (error) {
        clearUpdate?.(timer);
        throw error;
      }
    }, milliseconds);
    return timer;
  };
  host.clearTimeout = (timer: unknown) => {
    if (ordinary.delete(timer)) clearTimeout(timer as NodeJS.Timeout);
    else clearUpdate?.(timer);
  };
}

/** Lets `change` see and replace each program before tslab, which sets the host's callback later, gets it. */
function changePrograms(host: WatchHost, change: (program: Program) => Program): WatchHost {
  let receive: WatchHost['afterProgramCreate'];
  return Object.defineProperty(host, 'afterProgramCreate', {
    get: () => (program: Program) => receive?.(change(program)),
    set: (value: WatchHost['afterProgramCreate']) => {
      receive = value;
    },
  });
}
