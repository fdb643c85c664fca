/**
 * What the kernel's two threads tell each other. The protocol thread owns the sockets and always answers; the main
 * thread runs the cells and may be busy for hours.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Connection } from './connection.js';

export interface ExecuteRequest {
  type: 'execute';
  id: number;
  code: string;
  count: number;
  silent: boolean;
  allowStdin: boolean;
  userExpressions: Record<string, string>;
}

export interface EditorRequest {
  type: 'complete' | 'inspect' | 'is_complete';
  id: number;
  code: string;
  /** In UTF-16 units. */
  position: number;
}

export interface CommMessage {
  type: 'comm';
  action: 'comm_open' | 'comm_msg' | 'comm_close';
  content: Record<string, unknown>;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

export type ToMain =
  | ExecuteRequest
  | EditorRequest
  | (CommMessage & { id: number })
  /** Sent again until it is answered: code that is killed may take a message with it. */
  | { type: 'interrupt'; id: number; force: boolean }
  | { type: 'input'; value: string }
  | { type: 'exit' };

export type ToProtocol =
  | { type: 'ready'; languageVersion: string }
  | { type: 'stream'; id: number; name: 'stdout' | 'stderr'; text: string }
  /** Any other output, its content as JSON text; `result`: of an execute_result, the plain text. */
  | { type: 'output'; id: number; messageType: string; content: string; weight: number; result?: string }
  | { type: 'reply'; id: number; content: Record<string, unknown> }
  | { type: 'interrupted'; id: number }
  | { type: 'input'; id: number; prompt: string; password: boolean }
  | CommMessage
  /** The process is about to exit. */
  | { type: 'closing' };

/** What the protocol thread starts with. */
export interface ProtocolData {
  connection: Connection;
  /** Two numbers: characters of output on their way from the main thread, so that it can wait; 1 when all is closed. */
  backlog: SharedArrayBuffer;
  /** Any message on it says that Ctrl-C was pressed. */
  signals: MessagePort;
  version: string;
}
