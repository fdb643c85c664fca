import { Worker } from 'node:worker_threads';

/** From when it resolves on, the first Ctrl-C aborts the signal; a second one ends the process where it stands. */
export function interruptSignal(): Promise<AbortSignal> {
  const controller = new AbortController();
  const thread = new Worker(new URL('./interrupt-thread.js', import.meta.url));
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', (message: 'ready' | 'interrupt') => {
      if (message === 'interrupt') return controller.abort();
      // From here on the process does not wait for the thread.
      thread.unref();
      resolve(controller.signal);
    });
  });
}
