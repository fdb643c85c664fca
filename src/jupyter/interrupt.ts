import { Session } from 'node:inspector';
import vm from 'node:vm';

/** `globalThis[KILL](id, force)`, called by another thread in the middle of whatever the main thread is running. */
const KILL = "Symbol.for('Jupyter.kill')";

/**
 * Lets another thread kill the main thread's running code.
 * @param mayKill  whether interrupt `id` may kill the code where it stands
 * @returns undoes it
 */
export function allowKill(mayKill: (id: number, force: boolean) => boolean): () => void {
  const session = new Session();
  session.connect();
  const key = Symbol.for('Jupyter.kill');
  Reflect.set(globalThis, key, (id: number, force: boolean) => {
    // Idle: the kill would hit whatever runs next.
    if (callDepth() <= OWN_CALLS || !mayKill(id, force)) return;
    // Killed code does not take its entries off Node's stack of asynchronous calls, and Node aborts when it sees that.
    clearAsyncStack();
    // Here rather than in a second message: in between the code could have ended, and something else begun.
    session.post('Runtime.terminateExecution');
  });
  return () => {
    session.disconnect();
    Reflect.deleteProperty(globalThis, key);
  };
}

/** Calls on the stack in an idle process: `callDepth`, the function that asks for it, and the other thread's expression. */
const OWN_CALLS = 3;

/** Number of calls under way, up to a few. (Node's own number of the asynchronous call is lost where it was cleared.) */
function callDepth(): number {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const found: { calls: unknown[] } = { calls: [] };
  Error.stackTraceLimit = OWN_CALLS + 1;
  Error.prepareStackTrace = (_, calls) => calls;
  Error.captureStackTrace(found);
  const depth = (Reflect.get(found, 'stack') as unknown[]).length;
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  return depth;
}

export interface Killer {
  /**
   * Kills the code that the main thread is running, if it runs any that may be killed; callable from a worker only.
   * Does nothing while an earlier call is under way.
   * @param id     of the interrupt, which can kill nothing once the main thread has taken note of it
   * @param force  also code that has asked for its signal and would end by itself
   */
  kill(id: number, force: boolean): void;
}

/** Reaches the main thread, whose event loop survives the kill. */
export function connectKiller(): Killer {
  let busy = false;
  return {
    kill(id, force) {
      // A kill that hits the expression of another one is lost.
      if (busy) return;
      busy = true;
      // For as long as it is connected, the process would wait for it before it exits.
      const session = new Session();
      session.connectToMainThread();
      session.post('Runtime.evaluate', { expression: `globalThis[${KILL}]?.(${id}, ${force})` }, () => {
        session.disconnect();
        busy = false;
      });
    },
  };
}

/**
 * Waits for Ctrl-C (SIGINT) on a thread that does nothing else: the main thread would hear of it only when its
 * event loop turns. Blocks for ever.
 */
export function watchInterrupts(onInterrupt: () => void): never {
  const wait = new vm.Script('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)');
  for (;;) {
    try {
      wait.runInThisContext({ breakOnSigint: true });
    } catch {
      onInterrupt();
    }
  }
}

/** Has Node do what it does after an uncaught exception; there is no public name for that part of it. */
function clearAsyncStack(): void {
  const { _fatalException } = process as { _fatalException?: (error: unknown) => void };
  const theirs = process.hasUncaughtExceptionCaptureCallback();
  // Nobody is to hear of an exception that there is not.
  if (!theirs) process.setUncaughtExceptionCaptureCallback(() => {});
  _fatalException?.call(process, new Error('the code was stopped'));
  if (!theirs) process.setUncaughtExceptionCaptureCallback(null);
}
