import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/data/manifest.js';
import type { ArchiveEntry } from '../../src/files/archive.js';
import { parseCsv } from '../../src/files/csv.js';
import { parseNpy } from '../../src/files/npy.js';
import { readNpz } from '../../src/files/npz.js';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { tarEntries } from '../../src/files/tar.js';
import { decodeText } from '../../src/files/text.js';
import { parseArff } from '../../src/files/time-series/arff.js';
import { parseTs } from '../../src/files/time-series/ts.js';
import { parseTsv } from '../../src/files/time-series/tsv.js';
import { parseWav } from '../../src/files/wav.js';
import { zipEntries } from '../../src/files/zip.js';
import { parseIdx } from '../../src/tasks/idx.js';
import { csvTask } from '../../src/tasks/own/csv.js';
import { tarOf, zipOf } from '../files/archives.js';
import { npyOf } from '../files/npy-bytes.js';
import { chunkOf, wavOf } from '../files/wav-bytes.js';
import { mutants } from './mutate.js';

const count = 10_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapInUse = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** What an input may cost: a multiple of its own size, and a constant for what comes with any call. */
interface Bound {
  perByte: number;
  constant: number;
}

/**
 * Every input ends in a result that passes `holds`, or in a clear error of this package; nothing else, and never more
 * memory than the bound: what the process holds outside its heap is measured after each input, and what stays on the
 * heap from a fifth of the inputs to the last.
 */
async function survives<T>(
  seeds: readonly Buffer[],
  message: RegExp,
  parse: (bytes: Buffer) => T | Promise<T>,
  holds: (result: T) => boolean,
  { perByte, constant }: Bound = { perByte: 64, constant: 2 ** 20 },
): Promise<void> {
  for (const seed of seeds) expect(holds(await parse(seed))).toBe(true);
  let [results, errors, tried, warm] = [0, 0, 0, 0];
  for (const bytes of mutants(seeds, count, 1)) {
    // By then everything is compiled and every cache filled.
    if (++tried === count / 5) warm = heapInUse();
    const before = process.memoryUsage().arrayBuffers;
    let failure: unknown;
    try {
      const result = await parse(bytes);
      results++;
      if (!holds(result)) failure = `a wrong result: ${JSON.stringify(result)?.slice(0, 500)}`;
    } catch (error) {
      errors++;
      const clear =
        (error instanceof RangeError || error instanceof TypeError) && message.test(error.message);
      if (!clear) failure = error;
    }
    const grown = process.memoryUsage().arrayBuffers - before;
    if (grown > perByte * bytes.length + constant) failure = `it took ${grown} bytes of memory`;
    if (failure !== undefined) throw new Error(`${bytes.toString('base64')}: ${failure}`, { cause: failure });
  }
  expect(heapInUse() - warm).toBeLessThan(4 * 2 ** 20);
  // Mutations that all fail, or none, would test nothing.
  expect(results).toBeGreaterThan(0);
  expect(errors).toBeGreaterThan(count / 10);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const float32 = Buffer.from(Float32Array.from({ length: 6 }, (_, i) => i / 3).buffer);

describe('10,000 damaged inputs end in a clear error or a right result, in bounded memory:', () => {
  it('idx', () =>
    survives(
      [
        Buffer.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6),
        Buffer.of(0, 0, 13, 1, 0, 0, 0, 1, 1, 2, 3, 4),
      ],
      /^readIdx: FILE: /,
      (bytes) => parseIdx(bytes, 'FILE'),
      ({ shape, data }) => data.length === sizeOf(shape),
    ));

  it('npy', () =>
    survives(
      [
        npyOf('<f4', [2, 3], float32),
        npyOf('>i8', [1], Buffer.alloc(8, 1), { version: 2 }),
        npyOf('|b1', [2, 2], Buffer.of(1, 0, 1, 1), { fortran: true }),
        npyOf('<f2', [4], Buffer.alloc(8, 5)),
      ],
      /^readNpy: FILE: /,
      (bytes) => parseNpy(bytes, 'FILE'),
      ({ shape, data }) => data.length === sizeOf(shape),
    ));

  it('npz', () =>
    survives(
      [
        zipOf([{ name: 'x.npy', content: npyOf('<f4', [2, 3], float32) }]),
        zipOf([
          { name: 'x.npy', content: npyOf('|u1', [3], Buffer.of(1, 2, 3)), stored: true },
          { name: 'y.npy', content: npyOf('<f4', [6], float32) },
        ]),
        readFileSync(join(import.meta.dirname, '..', 'files', 'numpy', 'packed.npz')),
      ],
      /^(readZip|readNpz|readNpy): FILE/,
      (bytes) => readNpz(bytes, undefined, 'FILE'),
      (arrays) => Object.values(arrays).every(({ shape, data }) => data.length === sizeOf(shape)),
    ));

  it('zip', () =>
    survives(
      [
        zipOf([
          { name: 'a.txt', content: 'text '.repeat(100) },
          { name: 'b/c', content: 'x', stored: true },
        ]),
        zipOf([{ name: 'folder/', content: '', stored: true }]),
      ],
      /^readZip: FILE: /,
      (bytes) => read(zipEntries(bytes, 'FILE')),
      // A zip has checksums: what passes for whole is one of the originals.
      (files) =>
        safe(files) && files.every(({ content }) => ['text '.repeat(100), 'x', ''].includes(content)),
    ));

  it('tar', async () =>
    survives(
      [
        await tarOf([
          ['a.txt', 'text '.repeat(100)],
          ['folder/', { type: 'directory' }],
          ['folder/b', 'x'],
        ]),
        await tarOf([[`${'long/'.repeat(40)}name`, 'a long path takes a header of its own']]),
      ],
      /^readTar: FILE: /,
      (bytes) => read(tarEntries(Readable.from([bytes]), 'FILE')),
      safe,
    ));

  it('wav', () =>
    survives(
      [
        wavOf(Buffer.alloc(64, 3), { channels: 2 }),
        wavOf(float32, { code: 3, bits: 32 }),
        wavOf(Buffer.alloc(12, 5), { code: 7, bits: 8 }),
        wavOf(Buffer.alloc(12, 5), { bits: 12, block: 2 }),
        wavOf(Buffer.alloc(12, 9), {
          code: 0xfffe,
          subCode: 1,
          bits: 24,
          before: [chunkOf('LIST', Buffer.alloc(9))],
        }),
      ],
      /^readWav: FILE: /,
      (bytes) => parseWav(bytes, 'FILE'),
      ({ samples, channels }) => samples.length % channels === 0,
    ));

  it('csv', () =>
    survives(
      [
        Buffer.from('a,class,b\n1,x,2\n3,y,4\n5,x,6\n'),
        Buffer.from('\ufeffclass,"a"\r\n"x","1e3"\r\n"y""z",-.5\r\n'),
      ],
      /^csv: /,
      (bytes) => {
        const table = parseCsv('csv', decodeText('csv', 'FILE', bytes), 'FILE');
        return { table, task: csvTask(table, 'FILE', { label: 'class', validation: 0, test: 0 }) };
      },
      ({ table, task }) => task.train.size === table.rows.length && task.classes >= 2,
    ));

  it.each([
    ['ts', parseTs, '#x\n@dimensions 2\n@classLabel true a b\n@data\n1,2:3,?:a\n4:5:b\n'],
    ['tsv', parseTsv, '1\t2\t3\n2\t4\tNaN\n'],
    [
      'arff',
      parseArff,
      "@relation x\n@attribute r relational\n@attribute a numeric\n@end r\n@attribute c {x,y}\n@data\n'1,2\\n3,4',y\n",
    ],
  ] as const)('%s', (_, parse, text) =>
    survives(
      [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')],
      /^readTimeSeries: FILE/,
      (bytes) => parse(decodeText('readTimeSeries', 'FILE', bytes), 'FILE'),
      // Channels of unequal lengths are the caller's to refuse: it knows what the sequence is called.
      ({ series }) => series.every(({ channels, line }) => channels.length > 0 && line > 0),
    ),
  );

  it('safetensors', () =>
    survives(
      [
        safetensorsOf({ x: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } }, float32),
        safetensorsOf(
          {
            __metadata__: { by: 'a test' },
            a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
            b: { dtype: 'BOOL', shape: [1], data_offsets: [2, 3] },
          },
          Buffer.of(7, 8, 1),
        ),
      ],
      /^readSafetensors: FILE/,
      (bytes) => decodeSafetensors(bytes, 'FILE'),
      ({ tensors }) => [...tensors.values()].every(({ shape, data }) => data.length === sizeOf(shape)),
    ));

  it('manifest', () =>
    survives(
      [
        Buffer.from(
          JSON.stringify({
            set: {
              title: 'A set',
              source: 'https://example.org',
              licence: 'CC0',
              cite: 'nobody',
              archives: [
                {
                  file: 'a.zip',
                  urls: ['https://a.org/b'],
                  bytes: 1,
                  sha256: null,
                  sha256Source: null,
                  unpack: 'zip',
                },
              ],
              files: [{ name: 'a/b', aliases: ['c'], bytes: null, sha256: 'a'.repeat(64) }],
            },
          }),
        ),
      ],
      /^readManifest: FILE: /,
      (bytes) => parseManifest(bytes.toString('utf8'), 'FILE'),
      (manifest) =>
        Object.values(manifest).every(
          ({ archives, files }) =>
            archives.every(({ file }) => !/[/\\]|^\.\.?$/.test(file)) &&
            files.every(({ name }) => !outside(name)),
        ),
    ));
});

/** A small file may unpack to a large one, as far as deflate goes and no further. */
it('a bomb within one file is as large as its data can hold, and is not unpacked at once', async () => {
  const bomb = zipOf([{ name: 'zeros', content: Buffer.alloc(2 ** 25) }]);
  expect(bomb.length).toBeLessThan(40_000);
  let largest = 0;
  for await (const entry of zipEntries(bomb, 'FILE')) {
    for await (const chunk of await entry.open()) largest = Math.max(largest, chunk.length);
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThanOrEqual(2 ** 17);
});

it('mutants are the same for a seed', () => {
  const seeds = [gzipSync('some text'), Buffer.of(1, 2, 3)];
  expect([...mutants(seeds, 50, 3)]).toEqual([...mutants(seeds, 50, 3)]);
  expect([...mutants(seeds, 50, 3)]).not.toEqual([...mutants(seeds, 50, 4)]);
});

type Files = { path: string; bytes: number; content: string }[];

async function read(entries: AsyncIterable<ArchiveEntry>): Promise<Files> {
  const files: Files = [];
  for await (const { path, bytes, open } of entries) {
    files.push({ path, bytes, content: (await buffer(await open())).toString('latin1') });
  }
  return files;
}

const outside = (path: string) =>
  path.startsWith('/') || path.split('/').includes('..') || path.includes('\\');
const safe = (files: Files) =>
  files.every(({ path, bytes, content }) => !outside(path) && bytes === content.length);

function safetensorsOf(header: object, data: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}
