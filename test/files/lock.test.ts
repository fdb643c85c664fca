import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { lockFile } from '../../src/files/lock.js';
import { thisProcess } from '../../src/files/process-identity.js';
import { temporaryFolder } from '../temporary.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = temporaryFolder('lock');
  path = join(folder, 'x.lock');
});

const holder = (changed: object): string => JSON.stringify({ ...thisProcess(), token: 'other', ...changed });
const secondsAgo = (seconds: number): Date => new Date(Date.now() - 1000 * seconds);
/** Of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a lock', () => {
  test('is had once, and again after its release; nothing else is left', () => {
    const release = lockFile('here', path);
    expect(() => lockFile('here', path)).toThrow(
      `here: this process is at this already (${path}); wait for it, or remove ${path} if it was ended by force`,
    );
    expect(readdirSync(folder)).toEqual(['x.lock']);
    release();
    expect(readdirSync(folder)).toEqual([]);
    lockFile('here', path)();
  });

  test('is not kept by a dead process, nor by an earlier one with the number of one that runs', () => {
    writeFileSync(path, holder({ pid: deadPid() }));
    lockFile('here', path)();
    writeFileSync(path, holder({ pid: process.ppid, started: 'long ago' }));
    lockFile('here', path)();
    writeFileSync(path, holder({ started: 'long ago' }));
    lockFile('here', path)();
  });

  test('is kept by one that runs, and by one that does not answer but runs', () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    try {
      writeFileSync(path, holder({ pid: other.pid, started: null }));
      utimesSync(path, secondsAgo(86_400), secondsAgo(86_400));
      expect(() => lockFile('here', path, ', or go')).toThrow(
        `here: process ${other.pid} is at this already (${path}); wait for it, or stop it, or go`,
      );
    } finally {
      other.kill('SIGKILL');
    }
  });

  test.runIf(process.platform === 'linux')(
    'is not kept by a process that is dead and not buried',
    async () => {
      // The shell starts a child, becomes a program that never asks after it, and so leaves it as a zombie.
      const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30']);
      try {
        const pid = await new Promise<number>((done) =>
          parent.stdout.once('data', (text) => done(Number(text))),
        );
        const state = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0];
        while (state() !== 'Z') await new Promise((done) => setTimeout(done, 10));
        writeFileSync(path, holder({ pid, started: null }));
        lockFile('here', path)();
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );

  test.each([{ host: 'elsewhere' }, { space: 'another container' }])(
    'of a process elsewhere (%j) is kept while it gives signs of life',
    (place) => {
      const text = holder({ pid: deadPid(), ...place });
      writeFileSync(path, text);
      utimesSync(path, secondsAgo(40), secondsAgo(40));
      expect(() => lockFile('here', path)).toThrow(
        /process \d+ on \S+ \(seen (39|4\d) s ago\) is at this already/,
      );
      expect(readFileSync(path, 'utf8')).toBe(text);
      utimesSync(path, secondsAgo(3600), secondsAgo(3600));
      lockFile('here', path)();
    },
  );

  test.each(['', '{', 'null', '"x"', '[]', '{"pid":"1"}', '{"pid":-1}', '0'])('%j names nobody', (text) => {
    writeFileSync(path, text);
    lockFile('here', path)();
  });

  test('that another process took over meanwhile is not released with ours', () => {
    const release = lockFile('here', path);
    const theirs = holder({ pid: process.ppid });
    writeFileSync(path, theirs);
    release();
    expect(readFileSync(path, 'utf8')).toBe(theirs);
  });

  test('of eight processes that find a dead one just one has it', async () => {
    const program = join(import.meta.dirname, 'fixtures', 'take-lock.mjs');
    writeFileSync(path, holder({ pid: deadPid() }));
    const lines = await Promise.all(
      Array.from({ length: 8 }, () => {
        const child = spawn(process.execPath, [program, path]);
        return new Promise<string>((done) => {
          let text = '';
          child.stdout.on('data', (chunk) => {
            text += chunk;
          });
          child.on('close', () => done(text.trim()));
        });
      }),
    );
    expect(lines.filter((line) => line === 'mine')).toHaveLength(1);
    expect(lines.filter((line) => line === 'refused')).toHaveLength(7);
  });

  test('says which path it cannot write, and why', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => lockFile('here', join(file, 'x.lock'))).toThrow(
      /cannot write .*x\.lock: a part of the path is a file/,
    );
    mkdirSync(path);
    expect(() => lockFile('here', path)).toThrow(/cannot write .*x\.lock: it is a folder/);
  });
});
