import type { Content, MainThread } from './main-thread.js';
import type { Publisher } from './publisher.js';
import type { CommMessage } from './thread-messages.js';
import { type Message, textOf } from './wire.js';

/** Carries comm messages between front end and main thread, and knows which comms are open. */
export interface CommRequests {
  fromFrontEnd(message: Message, action: CommMessage['action']): Promise<void>;
  fromMain(message: CommMessage): void;
  /** Answers a comm_info_request. */
  info(content: Content): Content;
}

export function commRequests(main: MainThread, iopub: Publisher): CommRequests {
  const targets = new Map<string, string>();
  return {
    async fromFrontEnd({ header, content, metadata, buffers }, action) {
      const comm = textOf(content, 'comm_id');
      if (action === 'comm_open') targets.set(comm, textOf(content, 'target_name'));
      if (action === 'comm_close') targets.delete(comm);
      await main.ask(header, (id) => ({ type: 'comm', id, action, content, metadata, buffers }));
    },
    fromMain({ action, content, buffers }) {
      const comm = String(content.comm_id);
      if (action === 'comm_open') targets.set(comm, String(content.target_name));
      if (action === 'comm_close') targets.delete(comm);
      iopub.publish(main.parent(), action, JSON.stringify(content), buffers);
    },
    info({ target_name: wanted }) {
      const found = [...targets].filter(([, target]) => wanted === undefined || wanted === target);
      const comms = Object.fromEntries(found.map(([id, target_name]) => [id, { target_name }]));
      return { status: 'ok', comms };
    },
  };
}
