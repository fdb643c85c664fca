import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import * as tf from '../../tf.js';
import { arranged, type IndexedDataset } from '../dataset.js';
import { knownAs } from '../example-source.js';
import type * as tasks from '../index.js';
import type { Batch, Dataset, Task } from '../task.js';
import type { Answer, Prepared, Request, ThreadData } from './messages.js';

/** The tasks whose batches can be prepared by number. */
export type BackgroundTask =
  | 'image'
  | 'listops'
  | 'pathfinder'
  | 'pathx'
  | 'retrieval'
  | 'speechCommands'
  | 'text'
  | 'wikitext';

export type Split = 'train' | 'validation' | 'test';

/** Batches that are prepared ahead. */
const AHEAD = 2;
/** After so many milliseconds without an answer something is wrong. */
const PATIENCE = 600_000;

/**
 * A task whose batches are prepared on a second thread while the step before is computed: for data that takes time to
 * read or make (speech as cepstral coefficients, Pathfinder's images). The same batches in the same order as without.
 * @param name     of the task's function
 * @param options  those of the task's function
 * @example
 *   const task = await tasks.inBackground('speechCommands', { features: 'mfcc' });
 * @throws as the task's function; preparing a batch throws its error where the batch is asked for
 */
export async function inBackground<Name extends BackgroundTask>(
  name: Name,
  options: Parameters<(typeof tasks)[Name]>[0] = {},
): Promise<Task> {
  const all = await import('../index.js');
  const task = await (all[name] as (options: object) => Promise<Task>)(options);
  let prepare: Prepare | undefined;
  const started: Prepare = (request) => {
    prepare ??= startThread(name, options);
    return prepare(request);
  };
  const set = (split: Split) => preparedSet(task[split] as IndexedDataset, split, started);
  return { ...task, train: set('train'), validation: set('validation'), test: set('test') };
}

/** A batch that has been asked for. */
interface Asked {
  wait(): Prepared;
  /** It is not wanted any more. */
  forget(): void;
}

/** Asks for a batch at once. */
type Prepare = (request: Omit<Request, 'id'>) => Asked;

function preparedSet(inner: IndexedDataset, split: Split, prepare: Prepare): Dataset {
  const set: Dataset = {
    size: inner.size,
    batches: (options) =>
      preparedBatches(arranged(inner.examples, options, inner.lengthOf), (examples) =>
        prepare({ split, examples }),
      ),
    take: (count) => preparedSet(inner.take(count), split, prepare),
  };
  knownAs(set, inner);
  return set;
}

function* preparedBatches(
  batches: Iterable<Uint32Array>,
  prepare: (examples: Uint32Array) => Asked,
): Generator<Batch> {
  const waiting: Asked[] = [];
  const next = (): Batch => toBatch((waiting.shift() as Asked).wait());
  try {
    for (const examples of batches) {
      // A copy: a part of an array would be sent as the whole.
      waiting.push(prepare(examples.slice()));
      if (waiting.length > AHEAD) yield next();
    }
    while (waiting.length > 0) yield next();
  } finally {
    for (const asked of waiting) asked.forget();
  }
}

function toBatch({ x, xShape, y, yShape, lengths }: Prepared): Batch {
  const dtype = x instanceof Int32Array ? 'int32' : 'float32';
  return { x: tf.tensor(x, xShape, dtype), y: tf.tensor(y, yShape, 'int32'), lengths };
}

/** Starts a thread that does not keep the process alive. */
function startThread(name: string, options: object): Prepare {
  const { port1, port2 } = new MessageChannel();
  const answers = new SharedArrayBuffer(4);
  const counter = new Int32Array(answers);
  const workerData: ThreadData = { name, options, port: port2, answers };
  new Worker(new URL('./thread.js', import.meta.url), { workerData, transferList: [port2] }).unref();
  port1.unref();
  const ready = new Map<number, Answer>();
  const unwanted = new Set<number>();
  let sent = 0;
  const wait = (id: number): Prepared => {
    for (;;) {
      const before = Atomics.load(counter, 0);
      for (let got = receiveMessageOnPort(port1); got; got = receiveMessageOnPort(port1)) {
        const { message } = got as { message: Answer };
        if (!unwanted.delete(message.id)) ready.set(message.id, message);
      }
      const answer = ready.get(id);
      if (answer) {
        ready.delete(id);
        if ('error' in answer) throw new Error(answer.error);
        return answer.prepared;
      }
      if (Atomics.wait(counter, 0, before, PATIENCE) === 'timed-out') {
        throw new Error(`inBackground: no batch of ${name} within ${PATIENCE / 60_000} minutes`);
      }
    }
  };
  return (request) => {
    const id = sent++;
    port1.postMessage({ ...request, id });
    return {
      wait: () => wait(id),
      forget: () => {
        if (!ready.delete(id)) unwanted.add(id);
      },
    };
  };
}
