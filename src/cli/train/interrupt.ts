import { Worker } from 'node:worker_threads';

/**
 * From when it resolves on, the first Ctrl-C aborts the signal; a second one ends the process where it stands.
 * @param onInterrupt  called with the first
 */
export function interruptSignal(onInterrupt: () => void): Promise<AbortSignal> {
  const controller = new AbortController();
  const thread = new Worker(new URL('./interrupt-thread.js', import.meta.url));
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', (message: 'ready' | 'interrupt') => {
      if (message === 'ready') {
        // From here on the process does not wait for the thread.
        thread.unref();
        resolve(controller.signal);
      } else {
        onInterrupt();
        controller.abort();
      }
    });
  });
}
