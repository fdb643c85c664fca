import { closeSync, fsyncSync, openSync, statfsSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { open, TransientError } from './http.js';
import type { Partial } from './partial.js';

/** How far a download is. */
export interface DownloadEvent {
  /** Bytes of the file there are. */
  received: number;
  /** Bytes it has; null where nobody says. */
  total: number | null;
  /** Why the try before failed, while a new one is waited for. */
  retry: string | null;
}

export interface FetchOptions {
  bytes: number | null;
  sha256: string | null;
  idle: number;
  signal?: AbortSignal;
  onProgress?: (event: DownloadEvent) => void;
}

/**
 * One try: asks for what is missing of a file, or for all of it, and appends what comes.
 * @returns  whether bytes of an earlier try were kept
 */
export async function fetchRest(url: string, part: Partial, settings: FetchOptions): Promise<boolean> {
  const { bytes, sha256, idle, signal } = settings;
  const { start, validator } = part.begin(url, sha256 !== null);
  if (bytes !== null && start === bytes) return true;
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  if (start > 0 && validator !== null) headers['if-range'] = validator;
  const response = await open(url, { headers, idle, signal });
  const { statusCode } = response;
  if (statusCode === 416 || (statusCode === 206 && start === 0)) {
    response.destroy();
    part.remove();
    throw new TransientError(`${url} does not go on at byte ${start}`);
  }
  const from = statusCode === 206 ? start : 0;
  const total = sizeOf(response, from);
  if (statusCode === 206 && firstByte(response) !== start) {
    response.destroy();
    part.remove();
    throw new TransientError(`${url} goes on at another byte than ${start}`);
  }
  if (bytes !== null && total !== null && total !== bytes) {
    response.destroy();
    throw new Error(`${url} offers ${total} bytes, expected ${bytes}`);
  }
  checkSpace(part.path, (total ?? bytes ?? 0) - from, response);
  if (from === 0) part.note({ url, validator: validatorOf(response) });
  await receive(response, part, from, bytes ?? total, settings, url);
  return from > 0;
}

/** Writes each piece as it comes, so that nothing received is lost where the connection is cut. */
async function receive(
  response: IncomingMessage,
  part: Partial,
  from: number,
  total: number | null,
  { signal, onProgress }: FetchOptions,
  url: string,
): Promise<void> {
  let received = from;
  const file = openSync(part.path, from > 0 ? 'a' : 'w');
  try {
    await new Promise<void>((resolve, reject) => {
      const write = (chunk: Buffer): void => {
        received += chunk.length;
        if (total !== null && received > total) throw new Error(`${url} sends more than ${total} bytes`);
        writeFileSync(file, chunk);
        onProgress?.({ received, total, retry: null });
      };
      response.on('data', (chunk: Buffer) => {
        try {
          write(chunk);
        } catch (error) {
          reject(error);
          response.destroy();
        }
      });
      response.on('end', resolve);
      response.on('error', () => {
        const cut = new TransientError(`${url} was cut off at byte ${received} of ${total ?? 'unknown'}`);
        reject(signal?.aborted ? signal.reason : cut);
      });
    });
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (total !== null && received < total) {
    throw new TransientError(`${url} ended at byte ${received} of ${total}`);
  }
}

function sizeOf({ headers }: IncomingMessage, from: number): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : from + Number(length);
}

function firstByte({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

/** A weak ETag does not promise equal bytes. */
function validatorOf({ headers }: IncomingMessage): string | null {
  const { etag } = headers;
  return etag && !etag.startsWith('W/') ? etag : (headers['last-modified'] ?? null);
}

function checkSpace(path: string, needed: number, response: IncomingMessage): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  if (needed <= bavail * bsize) return;
  response.destroy();
  throw new Error(`${path} needs ${needed} bytes more, the disk has ${bavail * bsize} free (make room)`);
}
