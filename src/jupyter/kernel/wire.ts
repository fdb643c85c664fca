import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** Version of Jupyter's messaging protocol that this kernel speaks. */
export const PROTOCOL = '5.4';

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

export interface Message {
  /** ZeroMQ's routing frames: who sent it. */
  identities: Uint8Array[];
  header: Header;
  parent: Partial<Header>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
  buffers: Uint8Array[];
}

export interface OutgoingMessage {
  type: string;
  /** Routing frames of the receiver, or the topic on iopub. */
  identities: Uint8Array[];
  parent: Partial<Header>;
  /** The content as JSON text. */
  content: string;
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

const DELIMITER = Buffer.from('<IDS|MSG>');

export interface Wire {
  /** @throws Error  that says why the frames are no message of ours; nothing in it can be trusted then */
  decode(frames: Uint8Array[]): Message;
  encode(message: OutgoingMessage): Uint8Array[];
}

/** Reads and writes signed messages. @param key  an empty key means unsigned messages, as Jupyter has it */
export function wire(key: string, session: string = randomUUID()): Wire {
  const sign = (parts: Uint8Array[]): Buffer => {
    if (key === '') return Buffer.alloc(0);
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return Buffer.from(hmac.digest('hex'));
  };

  return {
    decode(frames) {
      const at = frames.findIndex((frame) => DELIMITER.equals(frame));
      if (at < 0) throw new Error('no delimiter');
      const [signature, header, parent, metadata, content, ...buffers] = frames.slice(at + 1);
      if (!content) throw new Error('too few frames');
      const expected = sign([header, parent, metadata, content]);
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
        throw new Error('wrong signature');
      }
      const message: Message = {
        identities: frames.slice(0, at),
        header: record(header, 'header') as unknown as Header,
        parent: record(parent, 'parent header'),
        metadata: record(metadata, 'metadata'),
        content: record(content, 'content'),
        buffers,
      };
      const { msg_type, msg_id } = message.header;
      if (typeof msg_type !== 'string' || typeof msg_id !== 'string')
        throw new Error('no msg_type or msg_id');
      return message;
    },
    encode({ type, identities, parent, content, metadata = {}, buffers = [] }) {
      const header: Header = {
        msg_id: randomUUID(),
        msg_type: type,
        session,
        username: 'kernel',
        date: new Date().toISOString(),
        version: PROTOCOL,
      };
      const texts = [JSON.stringify(header), JSON.stringify(parent), JSON.stringify(metadata), content];
      const parts = texts.map((text) => Buffer.from(text));
      return [...identities, DELIMITER, sign(parts), ...parts, ...buffers];
    },
  };
}

function record(frame: Uint8Array, name: string): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${name} is no object`);
  }
  return value as Record<string, unknown>;
}

/** @throws TypeError  where a message's content lacks a text that it must have */
export function textOf(content: Record<string, unknown>, name: string): string {
  const value = content[name];
  if (typeof value !== 'string') throw new TypeError(`${name} must be text, got ${typeof value}`);
  return value;
}
