import type { Killer } from '../interrupt.js';
import type { History } from './history.js';
import { kernelInfo } from './kernel-info.js';
import { publisher } from './publisher.js';
import type { Channel, Sockets } from './sockets.js';
import { toCharacters, toUtf16 } from './text-positions.js';
import type { CommMessage, ToMain, ToProtocol } from './thread-messages.js';
import type { Header, Message } from './wire.js';

type Content = Record<string, unknown>;

export interface Protocol {
  /** A message from a front end. */
  receive(channel: Channel, message: Message): void;
  /** A message from the thread that runs the cells. */
  fromMain(message: ToProtocol): void;
  /** Tells a front end that has just begun to listen what the kernel is doing. */
  announce(): void;
  /** Stops the running cell; the second time, without waiting for it to end in its own way. */
  interrupt(): void;
  /** Sends what waits and closes the sockets. */
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

interface Running {
  id: number;
  message: Message;
  count: number;
  /** Kept in the history. */
  stored: boolean;
  /** How often the user has asked for its end. */
  stops: number;
}

/** How often a thread that does not answer an interrupt is interrupted again, in milliseconds. */
const INSIST = 50;

/** Requests of which late output still finds its way home. */
const REMEMBERED = 10_000;

/** The kernel's side of Jupyter's messaging protocol: answers requests, with the main thread's help. */
export function protocol(parts: ProtocolParts): Protocol {
  const { sockets, history, killer, version, toMain } = parts;
  const iopub = publisher(sockets);
  const parents = new Map<number, Header>();
  const answers = new Map<number, (content: Content) => void>();
  const comms = new Map<string, string>();
  const queue: Message[] = [];
  const aborts: Message[] = [];
  let working = false;
  let serial = 0;
  let executionCount = 0;
  let running: Running | undefined;
  let interrupts = { sent: 0, answered: 0, force: false };
  let insisting: NodeJS.Timeout | undefined;
  let setLanguageVersion: (version: string) => void;
  const languageVersion = new Promise<string>((resolve) => {
    setLanguageVersion = resolve;
  });
  let ready = false;

  async function answer(channel: Channel, message: Message): Promise<void> {
    const { header, identities } = message;
    iopub.publish(header, 'status', '{"execution_state":"busy"}');
    let reply: Content | undefined;
    try {
      reply = await handle(message);
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
    if (header.msg_type === 'shutdown_request') parts.onShutdown();
  }

  async function handle(message: Message): Promise<Content | undefined> {
    const { header, content } = message;
    switch (header.msg_type) {
      case 'kernel_info_request':
        return kernelInfo(version, await languageVersion);
      case 'execute_request':
        return execute(message);
      case 'complete_request':
        return complete(message);
      case 'inspect_request':
        return inspect(message);
      case 'is_complete_request':
        return ask(message, (id) => ({
          type: 'is_complete',
          id,
          code: textOf(content, 'code'),
          position: 0,
        }));
      case 'history_request': {
        const withOutput = content.output === true;
        const entries = history.find(content);
        return {
          status: 'ok',
          history: entries.map(({ session, line, source, output = null }) => [
            session,
            line,
            withOutput ? [source, output] : source,
          ]),
        };
      }
      case 'comm_info_request': {
        const wanted = content.target_name;
        const found = [...comms].filter(([, target]) => wanted === undefined || wanted === target);
        const shown = found.map(([id, target_name]) => [id, { target_name }]);
        return { status: 'ok', comms: Object.fromEntries(shown) };
      }
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        return comm(message, header.msg_type);
      case 'interrupt_request':
        interrupt();
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

  /** Has the main thread answer, whose outputs meanwhile belong to the message. */
  function ask(message: Message, make: (id: number) => ToMain): Promise<Content> {
    const id = ++serial;
    parents.set(id, message.header);
    parents.delete(id - REMEMBERED);
    return new Promise((resolve) => {
      answers.set(id, resolve);
      toMain(make(id));
    });
  }

  async function execute(message: Message): Promise<Content> {
    const { content, header } = message;
    const code = textOf(content, 'code');
    const silent = content.silent === true;
    const stored = !silent && content.store_history !== false;
    if (code.trim() === '') {
      return { status: 'ok', execution_count: executionCount, payload: [], user_expressions: {} };
    }
    const count = stored ? ++executionCount : executionCount;
    if (!silent) {
      iopub.publish(header, 'execute_input', JSON.stringify({ code, execution_count: count }));
    }
    const replied = ask(message, (id) => {
      running = { id, message, count, stored, stops: 0 };
      return {
        type: 'execute',
        id,
        code,
        count,
        silent,
        allowStdin: content.allow_stdin === true,
        userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
      };
    });
    // While the cell runs, not before it.
    if (stored) history.add(count, code);
    const reply = await replied;
    running = undefined;
    if (reply.status === 'error' && content.stop_on_error !== false) await abortQueued();
    return reply;
  }

  /** What a front end has sent before it could know of the error is not run. */
  async function abortQueued(): Promise<void> {
    // Requests that have arrived but are not read yet.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const aborted = queue.filter(({ header }) => header.msg_type === 'execute_request');
    const others = queue.filter(({ header }) => header.msg_type !== 'execute_request');
    queue.splice(0, queue.length, ...others);
    aborts.push(...aborted);
  }
  async function answerAborted(): Promise<void> {
    for (const { header, identities } of aborts.splice(0)) {
      iopub.publish(header, 'status', '{"execution_state":"busy"}');
      const content = JSON.stringify({ status: 'aborted' });
      await sockets.reply('shell', { type: 'execute_reply', identities, parent: header, content });
      iopub.publish(header, 'status', '{"execution_state":"idle"}');
    }
  }

  async function complete(message: Message): Promise<Content> {
    const { code, position } = placeOf(message.content);
    const found = await ask(message, (id) => ({ type: 'complete', id, code, position }));
    if (found.status === 'error') return found;
    const { start, end, candidates } = found as { start: number; end: number; candidates: string[] };
    return {
      status: 'ok',
      matches: candidates,
      cursor_start: toCharacters(code, start),
      cursor_end: toCharacters(code, end),
      metadata: {},
    };
  }

  async function inspect(message: Message): Promise<Content> {
    const { code, position } = placeOf(message.content);
    const answer = await ask(message, (id) => ({ type: 'inspect', id, code, position }));
    if (answer.status === 'error') return answer;
    const found = answer.found as { signature: string; documentation: string } | undefined;
    if (!found) return { status: 'ok', found: false, data: {}, metadata: {} };
    const { signature, documentation } = found;
    const data = {
      'text/plain': documentation ? `${signature}\n\n${documentation}` : signature,
      'text/markdown': `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`,
    };
    return { status: 'ok', found: true, data, metadata: {} };
  }

  async function comm(message: Message, action: CommMessage['action']): Promise<undefined> {
    const { content, metadata, buffers } = message;
    const id = textOf(content, 'comm_id');
    if (action === 'comm_open') comms.set(id, textOf(content, 'target_name'));
    if (action === 'comm_close') comms.delete(id);
    await ask(message, (serial) => ({ type: 'comm', id: serial, action, content, metadata, buffers }));
  }

  function interrupt(): void {
    const force = running ? running.stops++ > 0 : true;
    interrupts = { ...interrupts, sent: interrupts.sent + 1, force: interrupts.force || force };
    toMain({ type: 'interrupt', id: interrupts.sent, force: interrupts.force });
    insisting ??= setInterval(insist, INSIST);
  }

  function insist(): void {
    const { sent: id, force } = interrupts;
    killer.kill(id, force);
    toMain({ type: 'interrupt', id, force });
  }

  function interrupted(id: number): void {
    interrupts.answered = Math.max(interrupts.answered, id);
    if (interrupts.answered < interrupts.sent) return;
    clearInterval(insisting);
    insisting = undefined;
    interrupts.force = false;
  }

  function announce(): void {
    const execution_state = !ready ? 'starting' : working ? 'busy' : 'idle';
    iopub.publish({}, 'status', JSON.stringify({ execution_state }));
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    for (let message = queue.shift(); message; message = queue.shift()) {
      await answer('shell', message);
      await answerAborted();
    }
    working = false;
  }

  return {
    receive(channel, message) {
      if (channel === 'control') void answer(channel, message);
      else if (channel === 'shell') {
        queue.push(message);
        void work();
      } else if (message.header.msg_type === 'input_reply') {
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
          return iopub.print(parents.get(message.id) ?? {}, message.name, message.text);
        case 'output':
          if (message.result !== undefined && running?.id === message.id && running.stored) {
            history.addOutput(running.count, message.result);
          }
          return iopub.publish(parents.get(message.id) ?? {}, message.messageType, message.content);
        case 'reply':
          answers.get(message.id)?.(message.content);
          answers.delete(message.id);
          return;
        case 'interrupted':
          return interrupted(message.id);
        case 'input': {
          const asking = running;
          if (asking?.id !== message.id) return;
          const { identities, header } = asking.message;
          const content = JSON.stringify({ prompt: message.prompt, password: message.password });
          void sockets.reply('stdin', { type: 'input_request', identities, parent: header, content });
          return;
        }
        case 'comm': {
          const { action, content, buffers } = message;
          const id = String(content.comm_id);
          if (action === 'comm_open') comms.set(id, String(content.target_name));
          if (action === 'comm_close') comms.delete(id);
          const parent = parents.get(serial) ?? {};
          return iopub.publish(parent, action, JSON.stringify(content), buffers);
        }
      }
    },
    announce,
    interrupt,
    close: () => {
      iopub.flush();
      return sockets.close();
    },
  };
}

function textOf(content: Content, name: string): string {
  const value = content[name];
  if (typeof value !== 'string') throw new TypeError(`${name} must be text, got ${typeof value}`);
  return value;
}

function placeOf(content: Content): { code: string; position: number } {
  const code = textOf(content, 'code');
  const { cursor_pos } = content;
  return { code, position: toUtf16(code, typeof cursor_pos === 'number' ? cursor_pos : code.length) };
}
