// The kernel's second thread: sockets, protocol, and the means to stop the first.
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { connectKiller } from '../interrupt.js';
import { jupyterDataFolder } from './data-folder.js';
import { history } from './history.js';
import { type Protocol, protocol } from './protocol.js';
import { openSockets } from './sockets.js';
import type { ProtocolData, ToMain, ToProtocol } from './thread-messages.js';
import { wire } from './wire.js';

/** How long the main thread may take to exit before the process is killed, in milliseconds. */
const EXIT_TIME = 2000;

async function start(): Promise<void> {
  const port = parentPort!;
  const { connection, backlog, signals, version } = workerData as ProtocolData;
  const waiting = new Int32Array(backlog);
  const killer = connectKiller();
  const toMain = (message: ToMain): void => port.postMessage(message);
  let served: Protocol | undefined;
  const early: (() => void)[] = [];
  const whenServed = (work: (server: Protocol) => void): void => {
    if (served) work(served);
    else early.push(() => work(served!));
  };
  signals.on('message', () => whenServed((server) => server.interrupt()));
  port.on('message', (message: ToProtocol) => {
    if (message.type === 'closing') {
      whenServed(async (server) => {
        await server.close();
        Atomics.store(waiting, 1, 1);
        Atomics.notify(waiting, 1);
      });
      return;
    }
    whenServed((server) => server.fromMain(message));
    const weight = weightOf(message);
    if (weight === 0) return;
    Atomics.sub(waiting, 0, weight);
    Atomics.notify(waiting, 0);
  });
  const sockets = await openSockets(
    connection,
    wire(connection.key),
    (channel, message) => whenServed((server) => server.receive(channel, message)),
    () => whenServed((server) => server.announce()),
  );
  served = protocol({
    sockets,
    history: history(join(jupyterDataFolder(), 'typescript-history.jsonl')),
    killer,
    version,
    toMain,
    onShutdown: () => {
      toMain({ type: 'exit' });
      setInterval(() => killer.kill(Number.POSITIVE_INFINITY, true), 100);
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_TIME);
    },
  });
  for (const work of early) work();
  followParent(toMain);
}

function weightOf(message: ToProtocol): number {
  if (message.type === 'stream') return message.text.length;
  return message.type === 'output' ? message.weight : 0;
}

/** A kernel whose front end has died without a word ends too. */
function followParent(toMain: (message: ToMain) => void): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!(parent > 1) || process.ppid !== parent) return;
  setInterval(() => {
    if (process.ppid === parent) return;
    toMain({ type: 'exit' });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_TIME);
  }, 1000);
}

void start();
