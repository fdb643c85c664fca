import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseAedat } from '../../src/tasks/dvs-gesture/aedat.js';
import { dvsGesture } from '../../src/tasks/index.js';
import { disposeBatch } from '../../src/tasks/task.js';

const folder = mkdtempSync(join(tmpdir(), 'dvs-'));
const root = join(folder, 'dvs-gesture');
mkdirSync(root);
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => vi.unstubAllEnvs());

type Event = [time: number, x: number, y: number, polarity: number, valid?: number];

function packet(events: Event[], type = 1, overflow = 0): Buffer {
  const bytes = Buffer.alloc(28 + 8 * events.length);
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(8, 4);
  bytes.writeInt32LE(overflow, 12);
  bytes.writeInt32LE(events.length, 20);
  events.forEach(([time, x, y, polarity, valid = 1], i) => {
    bytes.writeUInt32LE(((x << 17) | (y << 2) | (polarity << 1) | valid) >>> 0, 28 + 8 * i);
    bytes.writeInt32LE(time, 32 + 8 * i);
  });
  return bytes;
}

const header = Buffer.from('#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n', 'latin1');
const events: Event[] = [
  [100, 0, 0, 1],
  [149, 127, 0, 1],
  [150, 127, 127, 0],
  [199, 3, 64, 0],
  [199, 3, 64, 0],
  [200, 5, 5, 1],
  [120, 9, 9, 1, 0],
];
const file = Buffer.concat([
  header,
  packet(events.slice(0, 2)),
  packet([[1, 1, 1, 1]], 0),
  packet(events.slice(2)),
]);
for (const [list, name] of [
  ['trials_to_train.txt', 'user01'],
  ['trials_to_test.txt', 'user02'],
]) {
  writeFileSync(join(root, list), `${name}.aedat\n`);
  writeFileSync(join(root, `${name}.aedat`), file);
  writeFileSync(
    join(root, `${name}_labels.csv`),
    'class,startTime_usec,endTime_usec\n1,100,200\n11,200,300\n',
  );
}

it('reads valid polarity events, times over 2^31 too', () => {
  const { count, times, pixels, polarities } = parseAedat(file, 'FILE');
  expect(count).toBe(6);
  expect([...times]).toEqual([100, 149, 150, 199, 199, 200]);
  expect([...pixels]).toEqual([0, 127, 127 * 129, 3 + 128 * 64, 3 + 128 * 64, 5 + 128 * 5]);
  expect([...polarities]).toEqual([1, 1, 0, 0, 0, 1]);
  expect([...parseAedat(Buffer.concat([header, packet([[7, 0, 0, 1]], 1, 2)]), 'FILE').times]).toEqual([
    7 + 2 ** 32,
  ]);
});

it('gives the logarithm of events by step, polarity and field', async () => {
  const task = await dvsGesture({ steps: 2, side: 2 });
  expect(task).toMatchObject({
    name: 'dvs-gesture',
    classes: 11,
    length: 2,
    input: { kind: 'real', size: 8 },
  });
  expect(task.notes?.[0]).toBe('validation is the test set: the original has no validation split');
  const [batch] = task.train.batches({ batch: 4 });
  const labels = [...batch.y.dataSync()];
  const x = batch.x.arraySync() as number[][][];
  const [one, two] = [1, 2].map((count) => Math.fround(Math.log1p(count)));
  // Darker [2 x 2], then brighter.
  expect(x[labels.indexOf(0)]).toEqual([
    [0, 0, 0, 0, one, one, 0, 0],
    [0, 0, two, one, 0, 0, 0, 0],
  ]);
  expect(x[labels.indexOf(10)]).toEqual([[0, 0, 0, 0, one, 0, 0, 0], new Array(8).fill(0)]);
  disposeBatch(batch);
  expect([task.train.size, task.validation.size, task.test.size]).toEqual([2, 2, 2]);
});

describe('refusing', () => {
  it.each([
    [Buffer.from('#!AER-DAT2.0\r\n'), /expected an AEDAT 3\.1 file/],
    [file.subarray(0, file.length - 3), /a packet is cut short at byte \d+/],
    [Buffer.concat([file, Buffer.alloc(5)]), /a packet's header is cut short at byte/],
    [Buffer.concat([header, packet([[1, 128, 0, 1]])]), /expected pixels of 128 x 128, got \[128, 0\]/],
  ])('damaged files (%#)', (bytes, message) => {
    expect(() => parseAedat(bytes, 'FILE')).toThrow(message);
    expect(() => parseAedat(bytes, 'FILE')).toThrow(/^parseAedat: FILE: /);
  });

  it('bad options and labels', async () => {
    await expect(dvsGesture({ side: 3 })).rejects.toThrow(/^dvsGesture: side must divide 128, got 3/);
    await expect(dvsGesture({ steps: 0 })).rejects.toThrow(/^dvsGesture: steps must be .* at least 1, got 0/);
    writeFileSync(join(root, 'user02_labels.csv'), 'class,start,end\n12,1,2\n');
    await expect(dvsGesture()).rejects.toThrow(
      /user02_labels\.csv, line 2: expected class 1 to 11, start and end/,
    );
  });
});
