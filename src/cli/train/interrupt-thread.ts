// Hears Ctrl-C while the main thread computes: tells it of the first, and ends the process on the second.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { watchInterrupts } from '../../jupyter/interrupt.js';

const port = parentPort as MessagePort;
let heard = 0;
port.postMessage('ready');
watchInterrupts(() => {
  heard++;
  if (heard === 1) port.postMessage('interrupt');
  // Not by the main thread, which hears of nothing before its step is done.
  else process.kill(process.pid, 'SIGTERM');
});
