import type { Killer } from '../interrupt.js';
import { commRequests } from './comm-requests.js';
import { editorRequests } from './editor-requests.js';
import { execution } from './execution.js';
import type { History } from './history.js';
import { interrupts } from './interrupts.js';
import { kernelInfo } from './kernel-info.js';
import { type Content, mainThread } from './main-thread.js';
import { publisher } from './publisher.js';
import { shellQueue } from './shell-queue.js';
import type { Channel, Sockets } from './sockets.js';
import type { ToMain, ToProtocol } from './thread-messages.js';
import type { Message } from './wire.js';

export interface Protocol {
  /** A message from a front end. */
  receive(channel: Channel, message: Message): void;
  /** A message from the thread that runs the cells. */
  fromMain(message: ToProtocol): void;
  /** Tells a front end that has just begun to listen what the kernel is doing. */
  announce(): void;
  /** Stops the running cell; the second time, without waiting for it to end in its own way. */
  interrupt(): void;
  /** Sends and writes what waits, and closes the sockets. */
  close(): Promise<void>;
}

export interface ProtocolParts {
  sockets: Sockets;
  history: History;
  killer: Killer;
  /** Version of the package. */
  version: string;
  toMain(message: ToMain): void;
  /** Called when the kernel is to end. */
  onShutdown(): void;
}

/** The kernel's side of Jupyter's messaging protocol: answers requests, with the main thread's help. */
export function protocol(parts: ProtocolParts): Protocol {
  const { sockets, history, killer, version, toMain } = parts;
  const iopub = publisher(sockets);
  const main = mainThread(toMain);
  const editor = editorRequests(main);
  const comms = commRequests(main, iopub);
  const cells = execution(main, iopub, history);
  const stops = interrupts(killer, toMain);
  const shell = shellQueue(
    (message) => answer('shell', message),
    (cell) => respond('shell', cell, async () => ({ status: 'aborted' })),
  );
  let setLanguageVersion: (version: string) => void;
  const languageVersion = new Promise<string>((resolve) => {
    setLanguageVersion = resolve;
  });
  let ready = false;

  async function answer(channel: Channel, message: Message): Promise<void> {
    await respond(channel, message, handle);
    if (message.header.msg_type === 'shutdown_request') parts.onShutdown();
  }

  async function respond(
    channel: Channel,
    message: Message,
    work: (message: Message) => Promise<Content | undefined>,
  ): Promise<void> {
    const { header, identities } = message;
    iopub.publish(header, 'status', '{"execution_state":"busy"}');
    let reply: Content | undefined;
    try {
      reply = await work(message);
    } catch (error) {
      const { name, message: evalue } = error as Error;
      reply = { status: 'error', ename: name, evalue, traceback: [] };
    }
    if (reply) {
      const type = header.msg_type.replace(/_request$/, '_reply');
      const content = JSON.stringify(reply);
      await sockets.reply(channel, { type, identities, parent: header, content });
    }
    iopub.publish(header, 'status', '{"execution_state":"idle"}');
  }

  async function handle(message: Message): Promise<Content | undefined> {
    const { header, content } = message;
    switch (header.msg_type) {
      case 'kernel_info_request':
        return kernelInfo(version, await languageVersion);
      case 'execute_request': {
        const reply = await cells.execute(message);
        if (reply.status === 'error' && content.stop_on_error !== false) await shell.abortCells();
        return reply;
      }
      case 'complete_request':
        return editor.complete(message);
      case 'inspect_request':
        return editor.inspect(message);
      case 'is_complete_request':
        return editor.isComplete(message);
      case 'history_request':
        return history.answer(content);
      case 'comm_info_request':
        return comms.info(content);
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        await comms.fromFrontEnd(message, header.msg_type);
        return undefined;
      case 'interrupt_request':
        stops.interrupt(cells.stop());
        return { status: 'ok' };
      case 'shutdown_request': {
        const reply = { status: 'ok', restart: content.restart === true };
        iopub.publish(header, 'shutdown_reply', JSON.stringify(reply));
        return reply;
      }
      default:
        // Jupyter's rule for what a kernel does not know.
        return undefined;
    }
  }

  function announce(): void {
    const execution_state = !ready ? 'starting' : shell.working ? 'busy' : 'idle';
    iopub.publish({}, 'status', JSON.stringify({ execution_state }));
  }

  return {
    receive(channel, message) {
      if (channel === 'control') void answer(channel, message);
      else if (channel === 'shell') shell.add(message);
      else if (message.header.msg_type === 'input_reply') {
        toMain({ type: 'input', value: String(message.content.value ?? '') });
      }
    },
    fromMain(message) {
      switch (message.type) {
        case 'ready':
          ready = true;
          announce();
          return setLanguageVersion(message.languageVersion);
        case 'stream':
          return iopub.print(main.parent(message.id), message.name, message.text);
        case 'output':
          if (message.result !== undefined) cells.result(message.id, message.result);
          return iopub.publish(main.parent(message.id), message.messageType, message.content);
        case 'reply':
          return main.answered(message.id, message.content);
        case 'interrupted':
          return stops.answered(message.id);
        case 'input': {
          const request = cells.request(message.id);
          if (!request) return;
          const { identities, header } = request;
          const content = JSON.stringify({ prompt: message.prompt, password: message.password });
          void sockets.reply('stdin', { type: 'input_request', identities, parent: header, content });
          return;
        }
        case 'comm':
          return comms.fromMain(message);
      }
    },
    announce,
    interrupt: () => stops.interrupt(cells.stop()),
    close: () => {
      iopub.flush();
      history.flush();
      return sockets.close();
    },
  };
}
