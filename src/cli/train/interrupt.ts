import { Worker } from 'node:worker_threads';
import { type Requests, requests } from '../signals.js';

/**
 * From when it resolves on, the first Ctrl-C aborts the signal, as SIGTERM and SIGHUP do; a second one ends the process where
 * it stands.
 */
export function trainingRequests(): Promise<Requests> {
  const asked = requests();
  const thread = new Worker(new URL('./interrupt-thread.js', import.meta.url));
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', (message: 'ready' | 'interrupt') => {
      if (message === 'interrupt') return asked.ask('SIGINT');
      // From here on the process does not wait for the thread.
      thread.unref();
      resolve(asked);
    });
  });
}
