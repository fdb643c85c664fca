import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../../src/files/archive.js';
import { tarEntries } from '../../src/files/tar.js';
import { zipEntries } from '../../src/files/zip.js';
import { tarOf, zipOf } from './archives.js';

const long = 'x'.repeat(100_000);
const kinds = {
  tar: async (files: [string, string][]) => tarEntries(Readable.from([await tarOf(files)]), 'FILE'),
  zip: async (files: [string, string][]) =>
    zipEntries(zipOf(files.map(([name, content]) => ({ name, content }))), 'FILE'),
};

async function contents(entries: AsyncIterable<ArchiveEntry>): Promise<[string, number, string][]> {
  const all: [string, number, string][] = [];
  for await (const entry of entries) all.push([entry.path, entry.bytes, await text(await entry.open())]);
  return all;
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  it('gives the files with their content', async () => {
    const files: [string, string][] = [
      ['a.txt', 'first'],
      ['deep/er/ü.txt', long],
      ['empty', ''],
    ];
    expect(await contents(await make(files))).toEqual(files.map(([name, c]) => [name, c.length, c]));
  });

  it('goes on where a file is not read', async () => {
    const names: string[] = [];
    for await (const { path } of await make([
      ['a', long],
      ['b', long],
    ]))
      names.push(path);
    expect(names).toEqual(['a', 'b']);
  });

  it.each(['../up', 'a/../../up', '/etc/passwd', 'C:/x', 'a\\..\\b', 'a//b', 'a/./b', 'line\nbreak'])(
    'refuses the path %j',
    async (path) => {
      await expect(contents(await make([[path, 'bad']]))).rejects.toThrow(/^read(Tar|Zip): FILE: /);
    },
  );
});

describe('tar', () => {
  const read = async (bytes: Buffer) => contents(tarEntries(Readable.from([bytes]), 'FILE'));

  it('drops the leading ./ and the folders', async () => {
    expect(
      await read(
        await tarOf([
          ['./a/', { type: 'directory' }],
          ['./a/b', 'x'],
        ]),
      ),
    ).toEqual([['a/b', 1, 'x']]);
  });

  it.each([
    [
      { type: 'symlink', linkname: '/etc/passwd' },
      /^readTar: FILE: refuses bad, a symlink to \/etc\/passwd$/,
    ],
    [{ type: 'link', linkname: 'a' }, /^readTar: FILE: refuses bad, a link to a$/],
    [{ type: 'character-device' }, /^readTar: FILE: refuses bad, a character-device$/],
    [{ type: 'fifo' }, /^readTar: FILE: refuses bad, a fifo$/],
  ] as const)('refuses %o', async (header, message) => {
    await expect(read(await tarOf([['bad', header]]))).rejects.toThrow(message);
  });

  it('says where it is damaged or cut', async () => {
    const good = await tarOf([['a', long]]);
    await expect(read(good.subarray(0, 5000))).rejects.toThrow(/^readTar: FILE: Unexpected end of data$/);
    good[0] ^= 1;
    await expect(read(good)).rejects.toThrow(/^readTar: FILE: Invalid tar header/);
  });
});

describe('zip', () => {
  const read = async (bytes: Buffer) => contents(zipEntries(bytes, 'FILE'));

  it('reads stored files too', async () => {
    expect(await read(zipOf([{ name: 'a', content: 'as it is', stored: true }]))).toEqual([
      ['a', 8, 'as it is'],
    ]);
  });

  it.each([
    ['a wrong checksum', { claims: { crc: 1 } }, /FILE: a: the data does not have its checksum \(damaged\)$/],
    ['a wrong checksum of a stored file', { claims: { crc: 1 }, stored: true }, /does not have its checksum/],
    ['too small a size', { claims: { size: 5 } }, /FILE: a: too many bytes in the stream/],
    ['too large a size', { claims: { size: 500 } }, /FILE: a: not enough bytes in the stream/],
    [
      'more than deflate can hold',
      { claims: { size: 1e9 } },
      /FILE: a claims 1000000000 bytes, more than its data/,
    ],
    ['a link', { mode: 0o120777 }, /FILE: refuses the link a$/],
  ])('refuses %s', async (_, spec, message) => {
    await expect(read(zipOf([{ name: 'a', content: 'some content', ...spec }]))).rejects.toThrow(message);
  });

  it('says that it is no archive, or a cut one', async () => {
    const good = zipOf([{ name: 'a', content: long, stored: true }]);
    await expect(read(good.subarray(0, -30))).rejects.toThrow(/^readZip: FILE: .*end of central directory/i);
    await expect(read(Buffer.from('hello'))).rejects.toThrow(/^readZip: FILE: .*end of central directory/i);
  });
});

it('a zip whose files share their data is refused: it would unpack to any size', async () => {
  const one = zipOf([{ name: 'a', content: long }]);
  const end = Buffer.from(one.subarray(-22));
  const start = end.readUInt32LE(16);
  const list = one.subarray(start, -22);
  const times = 20;
  end.writeUInt16LE(times, 8);
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(times * list.length, 12);
  const all = Buffer.concat([one.subarray(0, start), ...Array(times).fill(list), end]);
  await expect(contents(zipEntries(all, 'FILE'))).rejects.toThrow(
    /^readZip: FILE: its files claim \d+ packed bytes, more than its own \d+ \(they overlap\)$/,
  );
});
