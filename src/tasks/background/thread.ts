import { workerData } from 'node:worker_threads';
import type { IndexedDataset } from '../dataset.js';
import * as tasks from '../index.js';
import { disposeBatch, type Task } from '../task.js';
import type { Answer, Prepared, Request, ThreadData } from './messages.js';

const { name, options, port, answers } = workerData as ThreadData;
const counter = new Int32Array(answers);
const makers = tasks as unknown as Record<string, (options: object) => Promise<Task>>;
const task = makers[name](options);
// Requests report it.
task.catch(() => {});

port.on('message', async (request: Request) => {
  const answer = await answerTo(request).catch((error: Error) => ({ id: request.id, error: error.message }));
  const buffers = 'prepared' in answer ? [answer.prepared.x.buffer, answer.prepared.y.buffer] : [];
  port.postMessage(answer, buffers as ArrayBuffer[]);
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
});

async function answerTo({ id, split, examples }: Request): Promise<Answer> {
  const batch = ((await task)[split] as IndexedDataset).make(examples);
  const { x, y, lengths } = batch;
  const prepared: Prepared = {
    x: x.dataSync().slice() as Float32Array | Int32Array,
    xShape: x.shape,
    y: y.dataSync().slice() as Int32Array,
    yShape: y.shape,
    lengths,
  };
  disposeBatch(batch);
  return { id, prepared };
}
