import { executionAsyncId } from 'node:async_hooks';
import { Session } from 'node:inspector';
import vm from 'node:vm';

/** `globalThis[MAY_KILL](force)`, asked by another thread, in the main thread's code wherever that stands. */
const MAY_KILL = "Symbol.for('Jupyter.mayKill')";

/**
 * Lets another thread kill the main thread's running code.
 * @param mayKill  whether the code may be killed where it stands
 * @returns undoes it
 */
export function allowKill(mayKill: (force: boolean) => boolean): () => void {
  const clearAsyncStack = asyncStackClearer();
  const key = Symbol.for('Jupyter.mayKill');
  Reflect.set(globalThis, key, (force: boolean) => {
    // Idle: the kill would hit whatever runs next.
    if (executionAsyncId() === 0 || !mayKill(force)) return false;
    // Killed code does not take its entries off Node's stack of asynchronous calls, and Node aborts when it sees that.
    clearAsyncStack();
    return true;
  });
  return () => Reflect.deleteProperty(globalThis, key);
}

export interface Killer {
  /**
   * Kills the code that the main thread is running, if it runs any that may be killed; callable from a worker only.
   * @param force  also code that has asked for its signal and would end by itself
   */
  kill(force: boolean): void;
}

/** Reaches the main thread, whose event loop survives the kill. */
export function connectKiller(): Killer {
  return {
    kill(force) {
      // For as long as it is connected, the process would wait for it before it exits.
      const session = new Session();
      session.connectToMainThread();
      const expression = `globalThis[${MAY_KILL}]?.(${force}) ?? false`;
      session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
        if (error || answer.result.value !== true) session.disconnect();
        else session.post('Runtime.terminateExecution', () => session.disconnect());
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

/** Node's own remedy after an uncaught exception; there is no public name for it. */
function asyncStackClearer(): () => void {
  const { binding } = process as { binding?: (name: string) => { clearAsyncIdStack?: () => void } };
  const { noDeprecation } = process as { noDeprecation?: boolean };
  try {
    Object.assign(process, { noDeprecation: true });
    return binding?.call(process, 'async_wrap').clearAsyncIdStack ?? (() => {});
  } catch {
    return () => {};
  } finally {
    Object.assign(process, { noDeprecation });
  }
}
