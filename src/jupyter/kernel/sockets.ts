import { Reply, Router, XPublisher } from 'zeromq';
import { addressOf, type Connection } from './connection.js';
import type { Message, OutgoingMessage, Wire } from './wire.js';

export type Channel = 'shell' | 'control' | 'stdin';

export interface Sockets {
  /** Sends on a channel, to whom the identities name. */
  reply(channel: Channel, message: OutgoingMessage): Promise<void>;
  publish(message: Omit<OutgoingMessage, 'identities'>): Promise<void>;
  /** Sends what is queued and closes. */
  close(): Promise<void>;
}

/** Largest frame that is read; a larger one costs its sender the connection. */
const MAX_FRAME = 256 * 1024 * 1024;

/** How many refused messages are reported. */
const MAX_REPORTS = 10;

interface Sender {
  send(frames: Uint8Array[]): Promise<void>;
}

/**
 * Binds the kernel's five sockets to the connection file's addresses.
 * @param onMessage       receives what came with a right signature; everything else is dropped
 * @param onSubscription  called when a front end begins to listen on iopub, and has been welcomed
 * @throws Error  when an address is taken
 */
export async function openSockets(
  connection: Connection,
  wire: Wire,
  onMessage: (channel: Channel, message: Message) => void,
  onSubscription: () => void,
): Promise<Sockets> {
  const options = { linger: 1000, maxMessageSize: MAX_FRAME };
  const routers = {
    shell: new Router(options),
    control: new Router(options),
    stdin: new Router(options),
  };
  // Nothing of a cell's output may be dropped because a front end reads slowly.
  const iopub = new XPublisher({ ...options, sendHighWaterMark: 0, verbosity: 'allSubs' });
  const heartbeat = new Reply({ linger: 0, maxMessageSize: 4096 });
  await Promise.all([
    routers.shell.bind(addressOf(connection, connection.shell_port)),
    routers.control.bind(addressOf(connection, connection.control_port)),
    routers.stdin.bind(addressOf(connection, connection.stdin_port)),
    iopub.bind(addressOf(connection, connection.iopub_port)),
    heartbeat.bind(addressOf(connection, connection.hb_port)),
  ]);

  const sender = {
    shell: inOrder(routers.shell),
    control: inOrder(routers.control),
    stdin: inOrder(routers.stdin),
    iopub: inOrder(iopub),
  };
  let refused = 0;
  const report = (channel: Channel, error: unknown): void => {
    refused++;
    if (refused > MAX_REPORTS) return;
    const last = refused === MAX_REPORTS ? '; further ones are not reported' : '';
    process.stderr.write(`kernel: refused a message on ${channel}: ${(error as Error).message}${last}\n`);
  };

  const publish = (message: Omit<OutgoingMessage, 'identities'>): Promise<void> => {
    const topic = Buffer.from(`kernel.${message.type}`);
    return sender.iopub(wire.encode({ ...message, identities: [topic] }));
  };
  for (const channel of ['shell', 'control', 'stdin'] as const) {
    void receive(routers[channel], (frames) => {
      let message: Message;
      try {
        message = wire.decode(frames);
      } catch (error) {
        report(channel, error);
        return;
      }
      onMessage(channel, message);
    });
  }
  void receive(iopub, ([frame]) => {
    // A subscription starts with 1; the welcome tells the subscriber that nothing will be missed from here on.
    if (frame?.[0] !== 1) return;
    const subscription = frame.subarray(1);
    const content = JSON.stringify({ subscription: new TextDecoder().decode(subscription) });
    const welcome = wire.encode({ type: 'iopub_welcome', identities: [subscription], parent: {}, content });
    void sender.iopub(welcome);
    onSubscription();
  });
  const echo = inOrder(heartbeat);
  void receive(heartbeat, (frames) => void echo(frames));

  return {
    reply: (channel, message) => sender[channel](wire.encode(message)),
    publish,
    async close() {
      await Promise.all(Object.values(sender).map((send) => send()));
      for (const socket of [...Object.values(routers), iopub, heartbeat]) socket.close();
    },
  };
}

/** zeromq.js refuses a send while another is under way. Without frames: resolves when all has been sent. */
function inOrder(socket: Sender): (frames?: Uint8Array[]) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (frames) => {
    // A client that has gone cannot be sent to; the others can.
    if (frames) last = last.then(() => socket.send(frames)).catch(() => {});
    return last;
  };
}

async function receive(
  socket: AsyncIterable<Uint8Array[]>,
  onFrames: (frames: Uint8Array[]) => void,
): Promise<void> {
  for await (const frames of socket) onFrames(frames);
}
