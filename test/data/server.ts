import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine whose answers a test writes: the first request gets the first, the last one stays. */
export interface ScriptedServer {
  url: string;
  /** The ranges that were asked for, `undefined` for a whole file, in the order of the requests. */
  ranges: (string | undefined)[];
  close(): Promise<void>;
}

export async function serve(...answers: Answer[]): Promise<ScriptedServer> {
  const ranges: ScriptedServer['ranges'] = [];
  const server: Server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)];
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`,
    ranges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const etag = '"first"';

/** A well-behaved server: serves ranges, honours If-Range. */
export const whole =
  (bytes: Buffer, tag: string = etag): Answer =>
  ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const same = headers['if-range'] === undefined || headers['if-range'] === tag;
    if (start === 0 || !same) {
      response.writeHead(200, { 'content-length': bytes.length, etag: tag }).end(bytes);
      return;
    }
    const rest = bytes.subarray(start);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-length': rest.length, 'content-range': range, etag: tag }).end(rest);
  };

/** Promises the rest of the file and hangs up after `count` bytes of it. */
export const cutAfter =
  (bytes: Buffer, count: number, headers: Record<string, string> = { etag }): Answer =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...range,
      ...headers,
    });
    response.write(bytes.subarray(start, start + count), () => response.destroy());
  };

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, headers).end();
  };
