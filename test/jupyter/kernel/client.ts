import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Dealer, Request, Subscriber } from 'zeromq';

export interface Received {
  type: string;
  /** msg_id of the request it belongs to. */
  parent: string | undefined;
  content: Record<string, unknown>;
  header: Record<string, unknown>;
  buffers: Uint8Array[];
}

export type Content = Record<string, unknown>;

const root = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(root, 'dist', 'cli', 'main.js');
const DELIMITER = '<IDS|MSG>';

/** A Jupyter client as small as it can be, written from the protocol's description alone. */
export class TestKernel {
  readonly session: string = randomUUID();
  readonly iopub: Received[] = [];
  readonly stdin: Received[] = [];
  private readonly replies = new Map<string, (message: Received) => void>();
  private readonly listeners = new Set<() => void>();

  private constructor(
    readonly process: ChildProcess,
    readonly connection: Record<string, string | number>,
    readonly connectionFile: string,
    private readonly sockets: { shell: Dealer; control: Dealer; stdin: Dealer; iopub: Subscriber },
  ) {
    for (const channel of ['shell', 'control'] as const) {
      void this.listen(sockets[channel], (message) => this.replies.get(message.parent ?? '')?.(message));
    }
    void this.listen(sockets.stdin, (message) => this.stdin.push(message));
    void this.listen(sockets.iopub, (message) => this.iopub.push(message));
  }

  /** Starts a kernel and waits until it answers. */
  static async start(
    options: { directory?: string; env?: NodeJS.ProcessEnv; dataFolder?: string } = {},
  ): Promise<TestKernel> {
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    const ports = await freePorts(5);
    const connection = {
      transport: 'tcp',
      ip: '127.0.0.1',
      key: randomUUID(),
      signature_scheme: 'hmac-sha256',
      shell_port: ports[0],
      control_port: ports[1],
      iopub_port: ports[2],
      stdin_port: ports[3],
      hb_port: ports[4],
    };
    const file = join(folder, 'connection.json');
    writeFileSync(file, JSON.stringify(connection));
    const child = spawn(process.execPath, [MAIN, 'kernel', 'start', '--connection-file', file], {
      cwd: options.directory ?? root,
      env: { ...process.env, JUPYTER_DATA_DIR: options.dataFolder ?? folder, ...options.env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    child.stderr?.on('data', (text) => process.env.KERNEL_STDERR && process.stderr.write(text));
    const routingId = randomUUID();
    const address = (port: number): string => `tcp://127.0.0.1:${port}`;
    const sockets = {
      shell: new Dealer({ routingId, linger: 0 }),
      control: new Dealer({ routingId, linger: 0 }),
      stdin: new Dealer({ routingId, linger: 0 }),
      iopub: new Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
    sockets.shell.connect(address(ports[0]));
    sockets.control.connect(address(ports[1]));
    sockets.iopub.connect(address(ports[2]));
    sockets.iopub.subscribe('');
    sockets.stdin.connect(address(ports[3]));
    const kernel = new TestKernel(child, connection, file, sockets);
    try {
      await kernel.until(() => kernel.iopub.some(({ type }) => type === 'iopub_welcome'));
      await kernel.request('kernel_info_request', {});
    } catch (error) {
      await kernel.stop();
      throw error;
    }
    return kernel;
  }

  /** Sends a request and waits for its reply. */
  async request(type: string, content: Content, channel: 'shell' | 'control' = 'shell'): Promise<Received> {
    return (await this.send(type, content, channel)).reply;
  }

  /** Sends a request without waiting. */
  async send(
    type: string,
    content: Content,
    channel: 'shell' | 'control' | 'stdin' = 'shell',
  ): Promise<{ id: string; reply: Promise<Received> }> {
    const header = this.header(type);
    const reply = new Promise<Received>((resolve) => this.replies.set(header.msg_id, resolve));
    await this.sendRaw(channel, this.frames(header, content));
    return { id: header.msg_id, reply };
  }

  /** Runs a cell; outputs are complete when the kernel has gone idle. */
  async execute(
    code: string,
    options: Content = {},
  ): Promise<{ reply: Content; outputs: Received[]; id: string }> {
    const { id, reply } = await this.send('execute_request', executeContent(code, options));
    const { content } = await reply;
    await this.idle(id);
    return { reply: content, outputs: this.outputsOf(id), id };
  }

  /** What iopub carried for a request, without the status messages. */
  outputsOf(id: string): Received[] {
    return this.iopub.filter(
      ({ parent, type }) => parent === id && type !== 'status' && type !== 'execute_input',
    );
  }

  idle(id: string): Promise<void> {
    return this.until(() =>
      this.iopub.some(
        ({ parent, type, content }) =>
          parent === id && type === 'status' && content.execution_state === 'idle',
      ),
    );
  }

  /** Waits for a message that makes `condition` true. */
  async until(condition: () => boolean, milliseconds = 110_000): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no such message within ${milliseconds} ms`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.listeners.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.listeners.add(done);
      });
    }
  }

  /** Resolves when the kernel has dropped the shell connection. */
  disconnected(): Promise<void> {
    return new Promise((resolve) => this.sockets.shell.events.on('disconnect', () => resolve()));
  }

  async heartbeat(): Promise<string> {
    const socket = new Request({ linger: 0, receiveTimeout: 60_000 });
    socket.connect(`tcp://127.0.0.1:${this.connection.hb_port}`);
    await socket.send('ping');
    const [answer] = await socket.receive();
    socket.close();
    return answer.toString();
  }

  header(type: string): Record<string, string> {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: 'test',
      date: new Date().toISOString(),
      version: '5.4',
    };
  }

  /** The frames of a rightly signed message. */
  frames(header: Record<string, string>, content: Content): Buffer[] {
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [Buffer.from(DELIMITER), this.sign(parts), ...parts];
  }

  sign(parts: Uint8Array[]): Buffer {
    const hmac = createHmac('sha256', String(this.connection.key));
    for (const part of parts) hmac.update(part);
    return Buffer.from(hmac.digest('hex'));
  }

  sendRaw(channel: 'shell' | 'control' | 'stdin', frames: Uint8Array[]): Promise<void> {
    return this.sockets[channel].send(frames);
  }

  /** Ends the kernel in whatever state it is. */
  async stop(): Promise<void> {
    for (const socket of Object.values(this.sockets)) socket.close();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGKILL');
      await ended;
    }
    rmSync(dirname(this.connectionFile), { recursive: true, force: true });
  }

  private async listen(
    socket: AsyncIterable<Uint8Array[]>,
    take: (message: Received) => void,
  ): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === DELIMITER);
      const [signature, ...parts] = frames.slice(at + 1);
      const signed = parts.slice(0, 4);
      if (Buffer.from(signature).toString() !== this.sign(signed).toString()) {
        throw new Error('the kernel sent a wrong signature');
      }
      const [header, parent, , content] = signed.map(
        (part) => JSON.parse(Buffer.from(part).toString()) as Content,
      );
      take({
        type: String(header.msg_type),
        parent: parent.msg_id as string | undefined,
        content,
        header,
        buffers: parts.slice(4),
      });
      for (const wake of this.listeners) wake();
    }
  }
}

export function executeContent(code: string, options: Content = {}): Content {
  return {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
    ...options,
  };
}

/** The printed text among a cell's outputs. */
export function printed(outputs: Received[], name = 'stdout'): string {
  return outputs
    .filter(({ type, content }) => type === 'stream' && content.name === name)
    .map(({ content }) => String(content.text))
    .join('');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
