import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesIn } from '../../src/data/check.js';
import { type GetEvent, type GetOptions, getDataset, getEntry } from '../../src/data/get.js';
import { dataFile } from '../../src/data/locate.js';
import type { ManifestArchive, ManifestEntry } from '../../src/data/manifest.js';
import { tarGzOf, tarOf, zipOf } from '../files/archives.js';
import { cutAfter, type ScriptedServer, serve, status, whole } from './server.js';

const root = mkdtempSync(join(tmpdir(), 'get-'));
afterAll(() => rmSync(root, { recursive: true }));
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

let cache: string;
beforeEach(() => {
  vi.stubEnv('SPIKINGSSM_DATA', undefined);
  cache = mkdtempSync(join(root, 'one-'));
});
const servers: ScriptedServer[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function archiveOf(bytes: Buffer, change: Partial<ManifestArchive> = {}): Promise<ManifestArchive> {
  const server = await serve(whole(bytes));
  servers.push(server);
  const { url } = server;
  const known = { bytes: bytes.length, sha256: sha256(bytes), sha256Source: 'this test' };
  return { file: 'set.tar.gz', urls: [url], unpack: 'tar', ...known, ...change };
}

function entryOf(archives: ManifestArchive[], files: ManifestEntry['files']): ManifestEntry {
  const text = { title: 'A set', source: 'https://example.org/set', licence: 'none', cite: 'nobody' };
  return { ...text, archives, files };
}

const get = (entry: ManifestEntry, options: GetOptions = {}) =>
  getEntry('set', entry, { cache, backOff: 1, tries: 2, ...options });
const file = (name: string, content?: string) => ({
  name,
  bytes: content === undefined ? null : Buffer.byteLength(content),
  sha256: content === undefined ? null : sha256(content),
});

describe('getting a set', () => {
  it('downloads, unpacks and checks; a second time it is there already', async () => {
    const archive = await archiveOf(
      await tarGzOf([
        ['set/a.txt', 'A'],
        ['set/deep/b.txt', 'B'],
        ['other/c', 'C'],
      ]),
      {
        take: 'set',
      },
    );
    const entry = entryOf([archive], [file('a.txt', 'A'), file('deep/b.txt')]);
    const events: GetEvent[] = [];
    expect(await get(entry, { onEvent: (event) => events.push(event) })).toEqual({
      folder: join(cache, 'set'),
      present: false,
    });
    expect(readFileSync(join(cache, 'set', 'deep', 'b.txt'), 'utf8')).toBe('B');
    expect(readdirSync(join(cache, 'set')).sort()).toEqual(['a.txt', 'deep']);
    expect(readdirSync(cache).sort()).toEqual(['downloads', 'set']);
    expect(events.at(-1)).toEqual({ kind: 'unpack', file: 'set.tar.gz', files: 2 });
    expect(await get(entry)).toMatchObject({ present: true });
    expect(servers[0].ranges).toHaveLength(1);
  });

  it('gets what is wrong anew, from the archive that is there', async () => {
    const entry = entryOf([await archiveOf(await tarOf([['a.txt', 'A']]))], [file('a.txt', 'A')]);
    await get(entry);
    writeFileSync(join(cache, 'set', 'a.txt'), 'B');
    expect(await get(entry)).toMatchObject({ present: false });
    expect(readFileSync(join(cache, 'set', 'a.txt'), 'utf8')).toBe('A');
    expect(servers[0].ranges).toHaveLength(1);
  });

  it('unpacks zip and gzip, and several archives into one folder', async () => {
    const zip = await archiveOf(zipOf([{ name: 'w/a.txt', content: 'A' }]), {
      file: 'a.zip',
      unpack: 'zip',
      take: 'w',
    });
    const gzip = await archiveOf(gzipSync('B'), { file: 'b.txt.gz', unpack: 'gzip' });
    const plain = await archiveOf(Buffer.from('C'), { file: 'c.txt', unpack: 'none' });
    const entry = entryOf([zip, gzip, plain], [file('a.txt', 'A'), file('b.txt', 'B'), file('c.txt', 'C')]);
    await get(entry, { discard: true });
    expect(readdirSync(join(cache, 'set')).sort()).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(readdirSync(join(cache, 'downloads'))).toEqual([]);
  });

  it('goes on where the connection was cut, and says so', async () => {
    const bytes = await tarGzOf([['a.txt', 'A'.repeat(5000)]]);
    const archive = await archiveOf(bytes);
    const server = await serve(cutAfter(bytes, 50), whole(bytes));
    servers.push(server);
    const events: GetEvent[] = [];
    const entry = entryOf([{ ...archive, urls: [server.url] }], [file('a.txt')]);
    await get(entry, { onEvent: (event) => events.push(event) });
    expect(server.ranges[1]).toBe('bytes=50-');
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'download', retry: expect.stringMatching(/cut off at byte 50 of/) }),
    );
  });
});

describe('a set that cannot be had', () => {
  /** Nothing but what was downloaded is left. */
  const expectNothing = (left: string[] = ['downloads']) => {
    expect(readdirSync(cache).sort()).toEqual(left);
  };

  it('leaves nothing where an archive is damaged, lacks a file or holds a wrong one', async () => {
    const good = await tarGzOf([['a.txt', 'A'.repeat(5000)]]);
    const cut = good.subarray(0, good.length - 20);
    await expect(get(entryOf([await archiveOf(cut)], [file('a.txt')]))).rejects.toThrow(
      /unexpected end of file/,
    );
    expectNothing();
    rmSync(join(cache, 'downloads'), { recursive: true });
    await expect(get(entryOf([await archiveOf(good)], [file('b.txt')]))).rejects.toThrow(
      /^data: set: the archives hold b\.txt nowhere$/,
    );
    await expect(get(entryOf([await archiveOf(good)], [file('a.txt', 'B')]))).rejects.toThrow(
      /^data: set: the archives hold a\.txt 5000 bytes, expected 1$/,
    );
    await expect(get(entryOf([await archiveOf(good, { take: 'x/y' })], [file('a.txt')]))).rejects.toThrow(
      /^unpack: .*set\.tar\.gz holds no file under x\/y\/$/,
    );
    expectNothing();
  });

  it.each([
    ['a path that leaves the folder', [['../escaped', 'bad']], /refuses the path "\.\.\/escaped"/],
    ['a link', [['a', { type: 'symlink', linkname: '/etc' }]], /refuses a, a symlink to \/etc/],
    [
      'a link on the way',
      [
        ['a', { type: 'symlink', linkname: '/tmp' }],
        ['a/b', 'bad'],
      ],
      /refuses a, a symlink/,
    ],
    [
      'one name twice',
      [
        ['a', '1'],
        ['a', '2'],
      ],
      /holds .*a twice$/,
    ],
    [
      'a file as a folder',
      [
        ['a', '1'],
        ['a/b', '2'],
      ],
      /ENOTDIR|EEXIST/,
    ],
  ] as [string, Parameters<typeof tarOf>[0], RegExp][])(
    'leaves nothing where an archive holds %s',
    async (_, files, message) => {
      await expect(get(entryOf([await archiveOf(await tarOf(files))], [file('a')]))).rejects.toThrow(message);
      expectNothing();
      expect(existsSync(join(cache, '..', 'escaped'))).toBe(false);
    },
  );

  it('keeps the old set where a new one fails', async () => {
    await get(entryOf([await archiveOf(await tarOf([['a', '1']]))], [file('a')]));
    rmSync(join(cache, 'downloads'), { recursive: true });
    const bad = entryOf([await archiveOf(await tarOf([['b', '1']]))], [file('a')]);
    await expect(get(bad, { force: true })).rejects.toThrow(/hold a nowhere/);
    expect(readFileSync(join(cache, 'set', 'a'), 'utf8')).toBe('1');
  });

  it('says which file to put where', async () => {
    const server = await serve(status(500));
    servers.push(server);
    const archive = { ...(await archiveOf(Buffer.from('x'))), urls: [server.url] };
    await expect(get(entryOf([archive], [file('a')]))).rejects.toThrow(
      `To do it by hand, get the file from https://example.org/set or ${server.url}, ` +
        `put it at ${join(cache, 'downloads', 'set.tar.gz')} and run "spikingssm data get set" again`,
    );
    const byHand = { ...archive, urls: [] };
    await expect(get(entryOf([byHand], [file('a')]))).rejects.toThrow(
      /^data: cannot get set\.tar\.gz: it is offered on a page for people only\. To do it by hand/,
    );
  });

  it('names the sets there are', async () => {
    await expect(getDataset('cifra10')).rejects.toThrow(
      /^data: unknown set "cifra10" \(did you mean "cifar10"\?/,
    );
    expect(() => dataFile('text', 'imdb', ['no such file'])).toThrow(
      /^text: imdb needs no such file or no such file\.gz, not found in .*imdb \(run "spikingssm data get imdb", or put/,
    );
  });

  it('stops at its signal', async () => {
    const stop = new AbortController();
    const entry = entryOf(
      [
        await archiveOf(
          await tarOf([
            ['a', '1'],
            ['b', '2'],
          ]),
        ),
      ],
      [file('a')],
    );
    const onEvent = ({ kind }: GetEvent) => kind === 'unpack' && stop.abort(new Error('enough'));
    await expect(get(entry, { signal: stop.signal, onEvent })).rejects.toThrow('enough');
    expectNothing();
  });
});

describe('an archive without a published checksum', () => {
  it('is remembered at first, and another one is refused later', async () => {
    const unknown = { bytes: null, sha256: null, sha256Source: null };
    const bytes = await tarOf([['a', '1']]);
    const entry = entryOf([await archiveOf(bytes, unknown)], [file('a')]);
    await get(entry);
    const recorded = JSON.parse(readFileSync(join(cache, 'downloads', 'checksums.json'), 'utf8'));
    expect(recorded).toEqual({ 'set.tar.gz': { bytes: bytes.length, sha256: sha256(bytes) } });
    writeFileSync(join(cache, 'downloads', 'set.tar.gz'), await tarOf([['a', '2']]));
    await expect(get(entry, { force: true })).rejects.toThrow(
      /set\.tar\.gz is not the expected file: sha256 .* \(remove it, or replace it\)$/,
    );
    rmSync(join(cache, 'downloads', 'set.tar.gz'));
    const other = entryOf([await archiveOf(await tarOf([['a', '3']]), unknown)], [file('a')]);
    await expect(get(other, { force: true })).rejects.toThrow(/is not the expected file: sha256/);
  });
});

describe("a person's own files", () => {
  it('are taken from SPIKINGSSM_DATA: archives to unpack, and files as they are', async () => {
    const own = mkdtempSync(join(root, 'own-'));
    vi.stubEnv('SPIKINGSSM_DATA', own);
    mkdirSync(join(own, 'set'));
    writeFileSync(join(own, 'set', 'set.tar.gz'), await tarOf([['a', '1']]));
    const byHand = { ...(await archiveOf(Buffer.from(''))), bytes: null, sha256: null, urls: [] };
    await get(entryOf([byHand], [file('a')]), { discard: true });
    expect(readFileSync(join(cache, 'set', 'a'), 'utf8')).toBe('1');
    expect(existsSync(join(own, 'set', 'set.tar.gz'))).toBe(true);

    writeFileSync(join(own, 'set', 'train.txt.gz'), gzipSync('text'));
    expect(dataFile('x', 'set', ['wiki.train', 'train.txt'])).toBe(join(own, 'set', 'train.txt.gz'));
  });

  it('are the set, where they are complete: nothing is fetched', async () => {
    const own = mkdtempSync(join(root, 'own-'));
    vi.stubEnv('SPIKINGSSM_DATA', own);
    mkdirSync(join(own, 'set'));
    writeFileSync(join(own, 'set', 'a.gz'), gzipSync('1'));
    // Under an archive's own name, but packed anew.
    const archive = await archiveOf(gzipSync('other'), { file: 'a.gz', urls: [], unpack: 'gzip' });
    const here = { folder: join(own, 'set'), present: true };
    expect(await get(entryOf([archive], [file('a', '1')]))).toEqual(here);
    await expect(get(entryOf([archive], [file('a', '2')]))).rejects.toThrow(/a\.gz is not the expected file/);
  });

  it('are checked under every name, packed or not', async () => {
    writeFileSync(join(cache, 'b.txt.gz'), gzipSync('content'));
    writeFileSync(join(cache, 'c.gz'), 'not gzip');
    const files = [
      { ...file('a.txt', 'content'), aliases: ['b.txt'] },
      file('c', 'x'),
      file('d'),
      { ...file('b.txt'), aliases: [] },
    ];
    expect(await filesIn([join(cache, 'none'), cache], entryOf([], files))).toEqual([
      { name: 'a.txt', path: join(cache, 'b.txt.gz'), state: 'ok', detail: null },
      { name: 'c', path: join(cache, 'c.gz'), state: 'wrong', detail: expect.stringMatching(/^damaged: /) },
      { name: 'd', path: null, state: 'missing', detail: null },
      { name: 'b.txt', path: join(cache, 'b.txt.gz'), state: 'unchecked', detail: null },
    ]);
  });
});
