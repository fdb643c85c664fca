import type { Capture, CellContext } from './capture.js';
import type { CellFiles } from './cell-files.js';
import { type CompileError, describeCompileErrors } from './compile-error.js';
import type { Compiled } from './compiled-cell.js';
import { toBundle } from './mime.js';
import type { ErrorOutput, Sink } from './output.js';
import { bundleMetadata } from './picture-size.js';
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
  /** Like `live`, for a value about to be kept in a variable: passes it on until the cell has ended. */
  kept<T>(value: T): T;
  /**
   * Whether code may be killed where it stands: a cell's, the running one or an earlier one. Unless `force`, not where
   * either has asked for its signal, so will end by itself: a kill also takes every callback of a promise that waits.
   */
  mayKill(force: boolean): boolean;
  /** Does work that must not be killed half-way. */
  alone<T>(work: () => T): T;
  /** Ends a cell that was stopped and has not ended yet, without waiting for its code. */
  abandon(): void;
}

/** Why a stopped cell's code ends. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** How long a stopped cell that has asked for its signal may take to end in its own way, in milliseconds. */
const GRACE = 60_000;

/**
 * Runs cells one after the other, and keeps what they declare.
 * @param variables  what the cells share
 * @param provided   declarations of the variables that are there from the start
 */
export function cellRunner(
  language: Language,
  capture: Capture,
  files: CellFiles,
  variables: Record<string, unknown>,
  provided: string,
): CellRunner {
  let declarations = provided;
  let statement = 0;
  let lastCount = 0;
  /** The runner itself is at work. */
  let own = false;
  /** Depth of `alone`. */
  let guards = 0;
  let abandon = (): void => {};
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
      const cell = capture.current();
      if (!cell?.ended) statement = index;
      live(undefined);
    },
    live,
    kept: (value) => {
      const cell = capture.current();
      if (cell?.ended && cell.signal.aborted) throw cell.signal.reason;
      return value;
    },
    alone,
    abandon: () => abandon(),
    mayKill: (force) => {
      const cell = capture.current();
      if (own || guards > 0 || !cell) return false;
      return force || !(cell.signalAsked || capture.running()?.signalAsked);
    },
  };

  function alone<T>(work: () => T): T {
    guards++;
    try {
      return work();
    } finally {
      guards--;
    }
  }

  function live<T>(value: T): T {
    const signal = capture.current()?.signal;
    if (signal?.aborted) throw signal.reason;
    return value;
  }

  async function execute(code: string, options: ExecuteOptions): Promise<ExecuteResult> {
    const executionCount = options.executionCount ?? lastCount + 1;
    lastCount = executionCount;
    // One of our own, so that whatever its abort throws is recognised.
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(new Stopped('the cell was stopped'));
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener('abort', onAbort);
    const cell: CellContext = {
      sink: options.onOutput,
      signal: stop.signal,
      signalAsked: false,
      ended: false,
    };
    own = true;
    try {
      const failure = await capture.run(cell, () => runCell(code, executionCount, cell));
      if (!failure) return { status: 'ok', executionCount };
      const { line, ...error } = failure;
      options.onOutput(error);
      return { status: 'error', executionCount, error, line };
    } finally {
      own = false;
      options.signal?.removeEventListener('abort', onAbort);
    }
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
    const thrown = await untilStopped(cell, async () => {
      live(undefined);
      const failed = await language.run(`${made.code}\n//# sourceURL=${url}`);
      if (!failed) await showResult(made.resultName, count, cell);
      return failed;
    });
    cell.ended = true;
    if (!thrown) {
      declarations = made.declarations;
      return cell.signal.aborted ? stopped() : undefined;
    }
    const place = made.compiled?.statement(statement);
    if (place) keepCompleted(code, place);
    if (cell.signal.aborted || isInterrupt(thrown.value)) return stopped();
    const failure = describeThrown(thrown.value, count, files.locate);
    return { ...failure, line: failure.line ?? place?.line };
  }

  /**
   * Runs a cell's code until it ends or is stopped. The code has a stack of its own: where it is killed, nothing
   * of the runner dies with it.
   * @returns what it threw, if it did
   */
  function untilStopped(
    cell: CellContext,
    work: () => Promise<{ value: unknown } | undefined>,
  ): Promise<{ value: unknown } | undefined> {
    return new Promise((resolve) => {
      const end = (thrown: { value: unknown } | undefined): void => {
        own = true;
        clearTimeout(grace);
        abandon = () => {};
        cell.signal.removeEventListener('abort', onAbort);
        resolve(thrown);
      };
      const giveUp = (): void =>
        alone(() => {
          end({ value: cell.signal.reason });
          language.interrupt();
        });
      let grace: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        capture.recover();
        abandon = giveUp;
        if (cell.signalAsked) grace = setTimeout(giveUp, GRACE);
        else giveUp();
      };
      cell.signal.addEventListener('abort', onAbort);
      // Killing also empties the queue of microtasks, in which the runner's promises would still be waiting.
      process.nextTick(() => {
        own = false;
        work().then(end, (value: unknown) => end({ value }));
      });
    });
  }

  async function showResult(name: string | undefined, count: number, cell: CellContext): Promise<void> {
    if (name === undefined) return;
    const value = variables[name];
    delete variables[name];
    if (value === undefined) return;
    const data = await toBundle(value);
    live(undefined);
    cell.sink({ type: 'execute_result', execution_count: count, data, metadata: bundleMetadata(data) });
  }

  /** Declares what a failed cell had declared before the statement that threw. */
  function keepCompleted(code: string, place: Place): void {
    const completed = language.statementsBefore(code, place);
    if (completed === '') return;
    const made = language.compile(declarations, completed);
    if (made.errors.length === 0) declarations = made.declarations;
  }
}

function stopped(): LocatedError {
  const ename = 'Stopped';
  const evalue = 'the cell was stopped';
  return { type: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

/** Ctrl-C in a terminal ends synchronous code before anybody has said stop. */
function isInterrupt(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}
