import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download } from '../../src/data/download.js';
import type { DownloadEvent } from '../../src/data/fetch-rest.js';
import { type Answer, cutAfter, type ScriptedServer, serve, status, whole } from './server.js';

const root = mkdtempSync(join(tmpdir(), 'download-'));
afterAll(() => rmSync(root, { recursive: true }));

const bytes = Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) >> 3));
const sha256 = createHash('sha256').update(bytes).digest('hex');

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(root, 'one-')), 'deep', 'file.bin');
});
const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function server(...answers: Answer[]): Promise<ScriptedServer> {
  const one = await serve(...answers);
  servers.push(one);
  return one;
}

const get = (one: { url: string }, options: DownloadOptions = {}) =>
  download([one.url], path, { backOff: 1, ...options });

/** The file is whole and nothing else is left. */
function expectWhole(): void {
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(readdirSync(dirname(path))).toEqual(['file.bin']);
}

describe('a download', () => {
  it('gives the file its name when it is whole, and says how far it is', async () => {
    const events: DownloadEvent[] = [];
    const one = await server(whole(bytes));
    expect(
      await get(one, { bytes: bytes.length, sha256, onProgress: (event) => events.push(event) }),
    ).toEqual({
      bytes: bytes.length,
      sha256,
    });
    expectWhole();
    expect(events.at(-1)).toEqual({ received: bytes.length, total: bytes.length, retry: null });
    expect(events.map(({ received }) => received)).toEqual(
      [...events.map(({ received }) => received)].sort((a, b) => a - b),
    );
  });

  it('of unknown length, size and checksum is taken to its end', async () => {
    const one = await server((_, response) => {
      response.writeHead(200);
      response.write(bytes.subarray(0, 20_000));
      response.end(bytes.subarray(20_000));
    });
    expect((await get(one)).sha256).toBe(sha256);
    expectWhole();
  });

  it('goes on where the connection was cut, again and again', async () => {
    const one = await server(cutAfter(bytes, 10_000), cutAfter(bytes, 5_000), whole(bytes));
    await get(one, { sha256 });
    expectWhole();
    expect(one.ranges[0]).toBe(undefined);
    expect(one.ranges).toHaveLength(3);
    for (const range of one.ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('goes on in a later process', async () => {
    const first = await server(cutAfter(bytes, 10_000), status(404));
    await expect(get(first, { sha256 })).rejects.toThrow(/answers 404/);
    expect(existsSync(path)).toBe(false);
    const kept = readFileSync(`${path}.part`).length;
    expect(kept).toBeGreaterThan(0);
    // The address is part of what is remembered, so the second server takes the first one's place.
    writeFileSync(`${path}.part.json`, readFileSync(`${path}.part.json`, 'utf8').replace(first.url, 'URL'));
    const second = await server(whole(bytes));
    writeFileSync(`${path}.part.json`, readFileSync(`${path}.part.json`, 'utf8').replace('URL', second.url));
    await get(second, { sha256 });
    expect(second.ranges).toEqual([`bytes=${kept}-`]);
    expectWhole();
  });

  it('begins anew where the server ignores ranges', async () => {
    const plain: Answer = (_, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    const one = await server(cutAfter(bytes, 10_000), plain);
    await get(one, { sha256 });
    expect(one.ranges[1]).toMatch(/^bytes=/);
    expectWhole();
  });

  it('begins anew where the file has changed meanwhile, or may have', async () => {
    const old = Buffer.alloc(bytes.length, 7);
    const one = await server(cutAfter(old, 10_000, { etag: '"old"' }), whole(bytes, '"new"'));
    await get(one);
    expectWhole();
    // Neither a validator nor a checksum: nothing could tell that the two parts belong together.
    rmSync(path);
    const two = await server(cutAfter(old, 10_000, {}), whole(bytes));
    await get(two);
    expect(two.ranges).toEqual([undefined, undefined]);
    expectWhole();
  });

  it('begins anew where two halves do not make the file, once', async () => {
    const wrong = Buffer.alloc(bytes.length, 7);
    const one = await server(cutAfter(wrong, 10_000), whole(bytes));
    await get(one, { sha256 });
    expect(one.ranges).toHaveLength(3);
    expectWhole();
  });

  it.each([
    ['another byte', status(206, { 'content-range': `bytes 5-9/${bytes.length}`, 'content-length': '0' })],
    ['no byte', status(416)],
  ])('begins anew where the server goes on at %s', async (_, answer) => {
    const one = await server(cutAfter(bytes, 10_000), answer, whole(bytes));
    await get(one, { sha256 });
    expect(one.ranges[2]).toBe(undefined);
    expectWhole();
  });

  it('tries again after a server error, as late as the server asks', async () => {
    const retries: (string | null)[] = [];
    const one = await server(status(503, { 'retry-after': '0' }), status(429), whole(bytes));
    await get(one, { onProgress: ({ retry }) => retry && retries.push(retry) });
    expect(retries).toEqual([
      expect.stringMatching(/answers 503 Service Unavailable$/),
      expect.stringMatching(/answers 429 Too Many Requests$/),
    ]);
    expectWhole();
  });

  it('gives up after so many tries', async () => {
    const one = await server(status(500));
    await expect(get(one, { tries: 3 })).rejects.toThrow(/answers 500 .*\(tried 3 times\)$/);
    expect(one.ranges).toHaveLength(3);
  });

  it('gives up where what it threw away comes again and again', async () => {
    // Half of it at first, the rest when asked to go on: each pass brings more than a mebibyte, and the wrong file.
    const wrong = Buffer.alloc(3 * 2 ** 20, 7);
    const half: Answer = (request, response) =>
      (request.headers.range ? whole(wrong) : cutAfter(wrong, 2 ** 21))(request, response);
    const one = await server(half);
    const signal = AbortSignal.timeout(3000);
    await expect(get(one, { sha256, tries: 3, signal })).rejects.toThrow(/\(tried 3 times\)$/);
    expect(one.ranges.length).toBeLessThan(10);
  });

  it('takes a silent connection for dead', async () => {
    const one = await server((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10));
    });
    await expect(get(one, { tries: 1, idle: 50 })).rejects.toThrow(/cut off at byte \d+ of 50000/);
    const two = await server(() => {});
    await expect(get(two, { tries: 1, idle: 50 })).rejects.toThrow(/no byte for 0.05 s/);
  });

  it('stops at its signal and keeps what it has', async () => {
    const stop = new AbortController();
    const one = await server((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length, etag: '"first"' });
      response.write(bytes.subarray(0, 10_000));
    });
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(get(one, { signal: stop.signal, onProgress })).rejects.toThrow('enough');
    expect(readdirSync(dirname(path)).sort()).toEqual(['file.bin.part', 'file.bin.part.json']);
  });

  it('takes the next address where one fails, and names all that failed', async () => {
    const [gone, good] = [await server(status(404)), await server(whole(bytes))];
    await download([gone.url, good.url], path, { sha256 });
    expectWhole();
    await expect(download([gone.url, gone.url], join(root, 'none'))).rejects.toThrow(
      /^data: .*answers 404 Not Found; .*answers 404 Not Found$/,
    );
  });

  it('says which host cannot be reached', async () => {
    const one = await server(status(200));
    await one.close();
    await expect(get(one, { tries: 2 })).rejects.toThrow(
      /^data: 127\.0\.0\.1:\d+: connect ECONNREFUSED.*tried 2 times/,
    );
  });
});

describe('a file that is not the expected one', () => {
  it('is refused, whatever is wrong, and leaves nothing', async () => {
    const other = Buffer.from(bytes);
    other[31_000] ^= 1;
    const one = await server(whole(other));
    await expect(get(one, { sha256 })).rejects.toThrow(
      /is not the expected file: sha256 [0-9a-f]{64}, expected [0-9a-f]{64}$/,
    );
    expect(one.ranges).toHaveLength(1);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('is refused by its length before it is downloaded', async () => {
    const one = await server(whole(bytes));
    await expect(get(one, { bytes: 60_000 })).rejects.toThrow(/offers 50000 bytes, expected 60000$/);
  });

  it('is refused where it is longer than promised', async () => {
    const one = await server((_, response) => response.writeHead(200).end(bytes));
    await expect(get(one, { bytes: 40_000 })).rejects.toThrow(/sends more than 40000 bytes$/);
  });

  it('is tried again where it is shorter than promised', async () => {
    const one = await server(
      cutAfter(bytes, 0),
      (_, response) => response.writeHead(200).end(bytes.subarray(0, 9000)),
      whole(bytes),
    );
    await get(one, { bytes: bytes.length });
    expect(one.ranges).toHaveLength(3);
    expectWhole();
  });
});

describe('redirects', () => {
  it('are followed, relative ones too', async () => {
    const one = await server(
      status(302, { location: '/elsewhere' }),
      status(307, { location: 'third' }),
      whole(bytes),
    );
    await get(one);
    expectWhole();
  });

  it('are not read: one that never ends is hung up on', async () => {
    let closed = false;
    const endless: Answer = (_, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(302, { location: '/elsewhere' }).write('and on and on');
    };
    await get(await server(endless, whole(bytes)));
    expectWhole();
    await expect.poll(() => closed).toBe(true);
  });

  it.each([
    [{ location: '/again' }, /redirects more than 5 times$/],
    [{}, /redirects to nowhere$/],
    [{ location: 'http://[' }, /redirects to nowhere$/],
    [{ location: 'file:///etc/passwd' }, /redirects to file:\/\/\/etc\/passwd, which is not as safe$/],
  ])('%o are refused where they lead nowhere good', async (headers, message) => {
    await expect(get(await server(status(302, headers as Record<string, string>)))).rejects.toThrow(message);
  });
});

describe('a packed answer', () => {
  const packed = gzipSync(bytes);
  const labelled: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': packed.length, 'content-encoding': 'x-gzip' }).end(packed);
  };

  it('is the file itself where the file is gzip: it is kept as it came', async () => {
    const one = await server(labelled);
    await download([one.url.replace('file.bin', 'file.tar.gz')], path);
    expect(readFileSync(path).equals(packed)).toBe(true);
  });

  it('is refused elsewhere', async () => {
    await expect(get(await server(labelled))).rejects.toThrow(
      /sends the file packed as x-gzip, though asked not to$/,
    );
  });
});

describe('two processes', () => {
  it('do not write one file together; what a dead one left is taken over', async () => {
    const one = await server(whole(bytes));
    await get(one);
    rmSync(path);
    writeFileSync(`${path}.lock`, String(process.ppid));
    await expect(get(one)).rejects.toThrow(/^data: process \d+ is at this already/);
    writeFileSync(`${path}.lock`, '4194999');
    await get(one);
    expectWhole();
  });

  it('have one number in two runs of a container: a lock older than the process is none of its own', async () => {
    const one = await server(whole(bytes));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.lock`, String(process.pid));
    await expect(get(one)).rejects.toThrow(/^data: this process is at this already/);
    const before = new Date(Date.now() - 1000 * process.uptime() - 5000);
    utimesSync(`${path}.lock`, before, before);
    await get(one);
    expectWhole();
  });
});
