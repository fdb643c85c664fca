// The kernel's third thread: hears Ctrl-C while the first computes, and tells the second.
import { type MessagePort, workerData } from 'node:worker_threads';
import { watchInterrupts } from '../interrupt.js';

const port = workerData as MessagePort;
watchInterrupts(() => port.postMessage('SIGINT'));
