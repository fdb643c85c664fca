import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import { COMMS, commTable } from '../comm.js';
import { type AskUser, INPUT } from '../input.js';
import { allowKill } from '../interrupt.js';
import { cells } from './cells.js';
import { readConnection } from './connection.js';
import type { ProtocolData, ToMain, ToProtocol } from './thread-messages.js';

/** Characters of output that may wait for the protocol thread before the cell has to wait too. */
const BACKLOG = 16 * 1024 * 1024;

/** After this many milliseconds without progress of the other thread the cell goes on all the same. */
const PATIENCE = 5000;

/** How long the other thread may take to send what waits when the process exits, in milliseconds. */
const EXIT_TIME = 1000;

/**
 * Serves one Jupyter front end until it shuts the kernel down: cells run on this thread, in the working directory,
 * the protocol on a second one.
 * @throws TypeError  when the connection file is none
 */
export async function startKernel(connectionFile: string): Promise<void> {
  const connection = readConnection(connectionFile);
  const backlog = new SharedArrayBuffer(8);
  const waiting = new Int32Array(backlog);
  const signals = new MessageChannel();
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const workerData: ProtocolData = { connection, backlog, version, signals: signals.port1 };
  const thread = new Worker(new URL('./protocol-thread.js', import.meta.url), {
    workerData,
    transferList: [signals.port1],
  });
  thread.on('error', (error) => {
    process.stderr.write(`kernel: ${error.message}\n`);
    Atomics.store(waiting, 1, 1);
    process.exit(1);
  });

  process.on('exit', () => {
    // zeromq aborts a process that exits with open sockets; and what a cell printed before it exits is to be seen.
    const closing: ToProtocol = { type: 'closing' };
    thread.postMessage(closing);
    Atomics.wait(waiting, 1, 0, EXIT_TIME);
  });

  // Most of a small cell's time is the compiler's, in functions too seldom called to be optimised: have V8 compile
  // them at once rather than interpret them.
  setFlagsFromString('--always-sparkplug');
  const { createEngine } = await import('../engine.js');
  const engine = createEngine({ directory: process.cwd() });
  const send = paced((message) => thread.postMessage(message), waiting);
  const served = cells(engine, send);
  const comms = commTable((action, content, buffers) =>
    send({ type: 'comm', action, content, metadata: {}, buffers }),
  );
  const ask: AskUser = async (prompt, { password = false }) => served.ask(prompt, password);
  Reflect.set(globalThis, INPUT, ask);
  Reflect.set(globalThis, COMMS, comms);

  let interrupted = 0;
  allowKill((id, force) => id > interrupted && engine.mayKill(force));

  /** What the kernel itself does with a message: nothing of it may be killed half-way. */
  function take(message: Exclude<ToMain, { type: 'comm' }>): void {
    if (message.type === 'execute') void served.execute(message);
    else if (message.type === 'input') served.answer(message.value);
    else if (message.type === 'exit') process.exit(0);
    else if (message.type === 'interrupt') {
      // One that comes again may have been followed by the next cell.
      if (message.id > interrupted) served.stop(message.force);
      interrupted = Math.max(interrupted, message.id);
      send({ type: 'interrupted', id: message.id });
    } else served.editor(message);
  }
  thread.on('message', (message: ToMain) => {
    if (message.type !== 'comm') return engine.alone(() => take(message));
    // Set before the user's handler runs, which may be killed.
    setImmediate(() => send({ type: 'reply', id: message.id, content: {} }));
    comms.receive(message.action, message.content, message.buffers);
  });
  send({ type: 'ready', languageVersion: engine.languageVersion });
  const watcher = new Worker(new URL('./signal-thread.js', import.meta.url), {
    workerData: signals.port2,
    transferList: [signals.port2],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  watcher.unref();
}

/** Lets the sender wait while too much is on its way: a loop that prints would fill the memory. */
function paced(post: (message: ToProtocol) => void, waiting: Int32Array): (message: ToProtocol) => void {
  return (message) => {
    post(message);
    const weight =
      message.type === 'stream' ? message.text.length : message.type === 'output' ? message.weight : 0;
    if (weight === 0) return;
    let before = Atomics.add(waiting, 0, weight) + weight;
    while (before > BACKLOG && Atomics.wait(waiting, 0, before, PATIENCE) !== 'timed-out') {
      before = Atomics.load(waiting, 0);
    }
  };
}
