import type { Capture, CellContext } from './capture.js';
import type { CellFiles } from './cell-files.js';
import { type CompileError, describeCompileErrors } from './compile-error.js';
import type { Compiled } from './compiled-cell.js';
import { toBundle } from './mime.js';
import type { ErrorOutput, Sink } from './output.js';
import { describeThrown, type LocatedError, type Place } from './traceback.js';

/** What the compiler made of a cell. */
export interface CompiledCell {
  /** A cell with errors has nothing else, and does not run. */
  errors: CompileError[];
  code: string;
  compiled?: Compiled;
  /** Types of what all cells so far declare, this one included. */
  declarations: string;
  /** Name of the variable that will hold the last expression's value. */
  resultName?: string;
  /** Local modules that the cell is the first to import, or that have changed. */
  modules: { path: string; compiled?: Compiled }[];
}

/** The compiler and the virtual machine, as a runner of cells sees them. */
export interface Language {
  compile(declarations: string, code: string): CompiledCell;
  /** Runs a compiled cell to its end; returns what it threw, if it did. */
  run(code: string): Promise<{ value: unknown } | undefined>;
  /** Makes the `run` under way return. */
  interrupt(): void;
  /** A cell's text up to the last statement that ends before `place`. */
  statementsBefore(code: string, place: Place): string;
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

export interface CellRunner {
  /** Types of what the cells so far have declared. */
  readonly declarations: string;
  execute(code: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /** What a running cell announces before each of its statements. */
  at(statement: number): void;
  /** Passes a value on, or throws where the calling code's cell was stopped. */
  live<T>(value: T): T;
}

/** Why a stopped cell's code ends. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** Runs cells one after the other, and keeps what they declare. @param variables  what the cells share */
export function cellRunner(
  language: Language,
  capture: Capture,
  files: CellFiles,
  variables: Record<string, unknown>,
): CellRunner {
  let declarations = '';
  let statement = 0;
  let lastCount = 0;
  let queue: Promise<unknown> = Promise.resolve();

  return {
    get declarations() {
      return declarations;
    },
    execute: (code, options) => {
      const result = queue.then(() => execute(code, options));
      // A receiver of outputs that throws must not stop the cells after.
      queue = result.catch(() => {});
      return result;
    },
    at: (index) => {
      live(undefined);
      statement = index;
    },
    live,
  };

  function live<T>(value: T): T {
    if (capture.current()?.signal.aborted) throw new Stopped('the cell was stopped');
    return value;
  }

  async function execute(code: string, options: ExecuteOptions): Promise<ExecuteResult> {
    const executionCount = options.executionCount ?? lastCount + 1;
    lastCount = executionCount;
    const signal = options.signal ?? new AbortController().signal;
    const cell: CellContext = { sink: options.onOutput, signal };
    const failure = await capture.run(cell, () => runCell(code, executionCount, cell));
    if (!failure) return { status: 'ok', executionCount };
    const { line, ...error } = failure;
    options.onOutput(error);
    return { status: 'error', executionCount, error, line };
  }

  async function runCell(code: string, count: number, cell: CellContext): Promise<LocatedError | undefined> {
    let made: CompiledCell;
    try {
      made = language.compile(declarations, code);
    } catch (error) {
      return describeThrown(error, count, files.locate);
    }
    if (made.errors.length > 0) return describeCompileErrors(made.errors, code, count);
    for (const { path, compiled } of made.modules) files.addModule(path, compiled);
    const url = files.addCell(code, count, made.compiled);
    statement = 0;
    cell.signal.addEventListener('abort', language.interrupt);
    let thrown: { value: unknown } | undefined;
    try {
      live(undefined);
      thrown = await language.run(`${made.code}\n//# sourceURL=${url}`);
      if (!thrown) await showResult(made.resultName, count, cell);
    } catch (value) {
      thrown = { value };
    }
    cell.signal.removeEventListener('abort', language.interrupt);
    if (!thrown) {
      declarations = made.declarations;
      return undefined;
    }
    const place = made.compiled?.statement(statement);
    if (place) keepCompleted(code, place);
    if (cell.signal.aborted) {
      const ename = 'Stopped';
      const evalue = 'the cell was stopped';
      return { type: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] };
    }
    const failure = describeThrown(thrown.value, count, files.locate);
    return { ...failure, line: failure.line ?? place?.line };
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
  function keepCompleted(code: string, place: Place): void {
    const completed = language.statementsBefore(code, place);
    if (completed === '') return;
    const made = language.compile(declarations, completed);
    if (made.errors.length === 0) declarations = made.declarations;
  }
}
