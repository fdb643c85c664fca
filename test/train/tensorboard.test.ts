import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PbfReader } from 'pbf';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { fileStart, scalarRecord } from '../../src/files/event-file.js';
import { train } from '../../src/train/loop.js';
import { readRun } from '../../src/train/read-run.js';
import { tensorboard, writeTensorboard } from '../../src/train/tensorboard.js';
import { temporaryFolder } from '../temporary.js';
import { StandIn, standInTask } from './stand-in.js';

beforeAll(() => useBackend('cpu'));
const program = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

interface Read {
  wallTime: number;
  step: number;
  version?: string;
  start?: boolean;
  scalars: Record<string, number>;
}

/** What a file holds, by the field numbers of event.proto and summary.proto. */
function read(path: string): Read[] {
  const bytes = readFileSync(path);
  const events: Read[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    events.push(eventOf(bytes.subarray(at + 12, at + 12 + length)));
    at += length + 16;
  }
  return events;
}

function eventOf(bytes: Uint8Array): Read {
  return new PbfReader(bytes).readFields(
    (tag, event: Read, pbf) => {
      if (tag === 1) event.wallTime = pbf.readDouble();
      if (tag === 2) event.step = pbf.readVarint();
      if (tag === 3) event.version = pbf.readString();
      if (tag === 7) event.start = pbf.readBytes()[1] === 1;
      if (tag === 5) {
        pbf.readMessage((_, scalars, summary) => {
          let name = '';
          summary.readMessage((part, _value, value) => {
            if (part === 1) name = value.readString();
            if (part === 2) scalars[name] = value.readFloat();
          }, {});
        }, event.scalars);
      }
    },
    { wallTime: 0, step: 0, scalars: {} },
  );
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
    .map((name) => join(folder, name));

/** The points of one curve, by step. */
const curve = (events: readonly Read[], tag: string): [number, number][] =>
  events.flatMap(({ step, scalars }) => (tag in scalars ? [[step, scalars[tag]] as [number, number]] : []));

describe('an event file', () => {
  it('holds the bytes that TensorBoard’s own writer makes', () => {
    // tensorboard 2.21.0, RecordWriter of tensorboard.summary.writer.record_writer with messages of
    // tensorboard.compat.proto: Event(wall_time, file_version), Event(wall_time, step, session_log START),
    // Event(wall_time, step, summary of two values).
    const theirs =
      '1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b35311010000000000000' +
      '0095fbfe180900002040fc54d94110ad023a020801596f3f7936000000000000004f578cef0900005040fc54d94110' +
      'ad022a280a110a0a6c6f73732f747261696e15cdcccc3d0a130a0c7370696b696e672072617465150000000071793f01';
    const scalars = { 'loss/train': 0.1, 'spiking rate': 0 };
    const ours = [
      fileStart(1700000000.5, 301),
      scalarRecord({ wallTime: 1700000001.25, step: 301, scalars }),
    ];
    expect(Buffer.concat(ours).toString('hex')).toBe(theirs);
  });
});

describe('tensorboard', () => {
  it('writes every step and evaluation once, what there is none of not at all', async () => {
    const [model, folder] = [new StandIn(), temporaryFolder('events')];
    const run = await train(model, standInTask(), { batch: 8, epochs: 2, onStep: tensorboard(folder) });
    const [file, ...others] = filesIn(folder);
    expect(others).toEqual([]);
    const [version, start, ...events] = read(file);
    expect([version.version, start.start, start.step]).toEqual(['brain.Event:2', true, 1]);
    const points = (of: (record: (typeof run.steps)[number]) => number) =>
      run.steps.map((record) => [record.step, Math.fround(of(record))]);
    expect(curve(events, 'loss/train')).toEqual(points(({ loss }) => loss));
    expect(curve(events, 'accuracy/train')).toEqual(points(({ accuracy }) => accuracy!));
    expect(curve(events, 'learning rate')).toEqual(points(({ learningRate }) => learningRate));
    expect(curve(events, 'gradient norm')).toEqual(points(({ gradientNorm }) => gradientNorm));
    expect(curve(events, 'spiking rate')).toEqual([]);
    const evaluations = run.epochs.map(({ step, validationLoss }) => [step, Math.fround(validationLoss!)]);
    expect(curve(events, 'loss/validation')).toEqual(evaluations);
    expect(evaluations).toHaveLength(2);
    model.dispose();
  });

  it('goes on with a run in a file of its own, which sorts behind and says where it begins', async () => {
    const [model, folder] = [new StandIn(), temporaryFolder('events')];
    const stop = new AbortController();
    const options = { batch: 8, epochs: 2, evaluate: 3, folder, resume: true };
    const log = tensorboard(folder);
    await train(model, standInTask(), {
      ...options,
      signal: stop.signal,
      onStep: (event) => {
        log(event);
        if (event.step === 4) stop.abort();
      },
    });
    const run = await train(model, standInTask(), { ...options, onStep: log });
    const [first, second] = filesIn(folder).map(read);
    expect(curve(first, 'loss/train').map(([step]) => step)).toEqual([1, 2, 3, 4]);
    expect([second[1].start, second[1].step]).toEqual([true, 5]);
    const both = [...curve(first, 'loss/train'), ...curve(second, 'loss/train')];
    expect(both).toEqual(run.steps.map(({ step, loss }) => [step, Math.fround(loss)]));
    const validation = [...curve(first, 'loss/validation'), ...curve(second, 'loss/validation')];
    expect(validation.map(([step]) => step)).toEqual([3, 6, 9, 10]);
    model.dispose();
  });

  it('names the folder it cannot write to', async () => {
    const folder = temporaryFolder('events');
    const taken = join(folder, 'file');
    writeFileSync(taken, '');
    const model = new StandIn();
    const training = train(model, standInTask(), { batch: 8, steps: 1, onStep: tensorboard(taken) });
    await expect(training).rejects.toThrow(`cannot write ${taken}`);
    expect(() => tensorboard('')).toThrow(/^tensorboard: the folder must be a path, got ""/);
    expect(() => tensorboard(3 as unknown as string)).toThrow(/got 3$/);
    model.dispose();
  });
});

describe('writeTensorboard', () => {
  it('writes a kept run, again to the same file, and never beside event files of another origin', async () => {
    const [model, folder] = [new StandIn(), temporaryFolder('events')];
    const run = await train(model, standInTask(), { batch: 8, epochs: 2, folder });
    const file = writeTensorboard(readRun(folder));
    expect(writeTensorboard(readRun(folder))).toBe(file);
    expect(filesIn(folder)).toEqual([file]);
    const events = read(file);
    expect(curve(events, 'loss/train')).toEqual(run.steps.map(({ step, loss }) => [step, Math.fround(loss)]));
    expect(curve(events, 'accuracy/validation').map(([step]) => step)).toEqual([5, 10]);
    const times = events.map(({ wallTime }) => wallTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBe(Date.parse(readRun(folder).config.sessions[0].date) / 1000);
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'events.out.tfevents.1700000000.host.0'), '');
    expect(() => writeTensorboard(readRun(folder), other)).toThrow(
      /^tensorboard: .*other holds events.out.tfevents.1700000000.host.0 already/,
    );
    model.dispose();
  });

  it('is spikingssm tensorboard', async () => {
    const [model, folder] = [new StandIn(), temporaryFolder('events')];
    const [a, out] = [join(folder, 'a'), join(folder, 'out')];
    await train(model, standInTask(), { batch: 8, epochs: 1, folder: a });
    const say = execFileSync(process.execPath, [program, 'tensorboard', a, '--out', out], {
      encoding: 'utf8',
    });
    expect(say).toMatch(/^Wrote .*: 5 steps, 1 evaluations\n$/);
    expect(filesIn(join(out, 'a'))).toHaveLength(1);
    model.dispose();
  });
});
