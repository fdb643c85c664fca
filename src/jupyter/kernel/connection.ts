import { chmodSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** Where a kernel listens, and the secret that signs its messages. */
export interface Connection {
  transport: string;
  ip: string;
  key: string;
  shell_port: number;
  control_port: number;
  iopub_port: number;
  stdin_port: number;
  hb_port: number;
}

const PORTS = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port'] as const;

/**
 * Reads the connection file that the front end wrote, and closes it to other users: it holds the key.
 * @throws TypeError  for a file that is no connection file
 */
export function readConnection(path: string): Connection {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new TypeError(`kernel: ${path} cannot be read as a connection file: ${(error as Error).message}`);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  const text = (name: string): string => {
    const value = data[name];
    if (typeof value !== 'string') throw wrong(path, name, 'text', value);
    return value;
  };
  const scheme = data.signature_scheme;
  if (scheme !== undefined && scheme !== 'hmac-sha256') {
    throw wrong(path, 'signature_scheme', 'hmac-sha256', scheme);
  }
  const ports = PORTS.map((name) => {
    const value = data[name];
    if (!Number.isInteger(value)) throw wrong(path, name, 'a port number', value);
    return [name, value as number];
  });
  return {
    transport: text('transport'),
    ip: text('ip'),
    key: text('key'),
    ...(Object.fromEntries(ports) as Record<(typeof PORTS)[number], number>),
  };
}

/** The address of one of the kernel's sockets, for zeromq. */
export function addressOf({ transport, ip }: Connection, port: number): string {
  return transport === 'ipc' ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}

function wrong(path: string, name: string, expected: string, got: unknown): TypeError {
  return new TypeError(`kernel: ${name} in ${path} must be ${expected}, got ${inspect(got)}`);
}
