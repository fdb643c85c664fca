// Hears Ctrl-C while the main thread computes: tells it of the first, and ends the process on the second.
import { writeSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { watchInterrupts } from '../../jupyter/interrupt.js';

const port = parentPort as MessagePort;
let heard = 0;
port.postMessage('ready');
watchInterrupts(() => {
  heard++;
  // Neither by the main thread, which hears of nothing before its step is done.
  if (heard > 1) process.kill(process.pid, 'SIGKILL');
  writeSync(2, '\nSaving and ending after this step (Ctrl-C again ends at once) …\n');
  port.postMessage('interrupt');
});
