import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { available } from '../../../src/backend/tensorflow/index.js';
import {
  removeTensorflow,
  type SetupOptions,
  setUpTensorflow,
} from '../../../src/backend/tensorflow/setup/index.js';
import { thisPlatform } from '../../../src/backend/tensorflow/setup/platform.js';
import { type Fakes, fakes, VERSION } from './fakes.js';

/** Wheels, and libraries to fake one with, are for Linux and macOS, and need a compiler. */
const possible = process.platform !== 'win32' && ['cc', 'g++'].every((name) => runs(name, '--version'));
const linux = `${process.platform} ${process.arch}` === 'linux x64';

describe.skipIf(!possible)('setup tensorflow', () => {
  let fake: Fakes;
  let steps: string[];
  beforeEach(async () => {
    fake = await fakes();
    steps = [];
  });
  afterEach(() => fake.remove());

  const setUp = (options: SetupOptions = {}) =>
    setUpTensorflow({
      version: VERSION,
      tfjsNode: fake.tfjsNode,
      onStep: (text) => void steps.push(text),
      ...options,
    });
  const asked = (): string[] =>
    existsSync(join(fake.folder, 'asked'))
      ? readFileSync(join(fake.folder, 'asked'), 'utf8').trim().split('\n')
      : [];
  const inCache = (): string[] => (existsSync(fake.cache) ? readdirSync(fake.cache).sort() : []);
  /** Fails with this message, and leaves nothing behind. */
  const expectFailure = async (options: SetupOptions, message: RegExp) => {
    await expect(setUp(options)).rejects.toThrow(message);
    expect(inCache()).toEqual([]);
    expect(available()).toBe('it is not set up (run `npx spikingssm setup tensorflow`)');
  };

  describe('that works', () => {
    test('pip gets the wheel; only libraries, headers, JavaScript and binding are kept', async () => {
      fake.wheel();
      const { folder, setUp: made, fresh } = await setUp();
      expect(fresh).toBe(true);
      expect(made).toMatchObject({ version: VERSION, gpu: false });
      expect(asked()).toEqual([`${thisPlatform().cpu}==${VERSION}`]);
      expect(inCache()).toEqual([`${VERSION}-cpu`, 'current']);
      expect(readdirSync(folder).sort()).toEqual(['binding.node', 'package', 'setup.json', 'tensorflow']);
      const files = Object.keys(made.files);
      expect(files).toContain(thisPlatform().libraries[0]);
      expect(files).toContain('tensorflow/include/tensorflow/c/c_api.h');
      expect(files.filter((name) => /python|scripts|\.whl|\.tgz/.test(name))).toEqual([]);
      expect(available()).toBe(true);
      expect(steps[0]).toMatch(/^TensorFlow 2\.99\.0: downloads about .* needs .* keeps .* in .* free\)\.$/);
    });

    test('a second time nothing is done; removed, it is gone', async () => {
      fake.wheel();
      await setUp();
      const { fresh } = await setUp();
      expect(fresh).toBe(false);
      expect(asked()).toHaveLength(1);
      expect(removeTensorflow()).toBeGreaterThan(1000);
      expect(existsSync(fake.cache)).toBe(false);
      expect(removeTensorflow()).toBe(0);
    });

    test('a wheel of one’s own needs no pip, and stays where it is', async () => {
      const wheel = fake.wheel();
      fake.withoutPip();
      const { setUp: made } = await setUp({ from: wheel, version: undefined });
      expect(made.version).toBe(VERSION);
      expect(existsSync(wheel)).toBe(true);
    });

    test.skipIf(!linux)("with --gpu, NVIDIA's wheels that TensorFlow's names lie beside it", async () => {
      const extra = '; extra == "and-cuda"';
      fake.wheel({
        name: 'tensorflow',
        requires: ['numpy>=1.26', `nvidia-cudnn-cu12<10.0,>=9.3${extra}`, `nvidia-nccl-cu12<3.0${extra}`],
      });
      for (const part of ['cudnn', 'nccl']) {
        fake.wheel({
          name: `nvidia-${part}-cu12`,
          files: ['lib/libit.so.9', 'include/it.h', '__init__.py'].map((name) => ({
            name: `nvidia/${part}/${name}`,
            content: name,
          })),
        });
      }
      const { folder } = await setUp({ gpu: true });
      expect(asked()).toEqual([
        `tensorflow==${VERSION}`,
        'nvidia-cudnn-cu12<10.0,>=9.3',
        'nvidia-nccl-cu12<3.0',
      ]);
      expect(readdirSync(join(folder, 'nvidia', 'cudnn'))).toEqual(['lib']);
      expect(readdirSync(join(folder, 'nvidia', 'nccl', 'lib'))).toEqual(['libit.so.9']);
    });
  });

  describe('an interruption', () => {
    test('of the download, by a signal to pip', async () => {
      fake.wheel();
      writeFileSync(join(fake.folder, 'cut-off'), '');
      await expectFailure({}, /the download of .* was interrupted \(run the command again\)$/);
    });

    test.each(['Downloading', 'Unpacking', 'Building'])('by the user, while %s', async (stage) => {
      fake.wheel();
      const stop = new AbortController();
      const onStep = (text: string): void => {
        if (text.startsWith(stage)) stop.abort();
      };
      await expectFailure({ onStep, signal: stop.signal }, /abort/i);
    });

    test('by force: what it left is removed the next time, that of one still at work is not', async () => {
      fake.wheel();
      const ended = spawnSync(process.execPath, ['-e', '']).pid;
      for (const pid of [ended, process.ppid]) {
        mkdirSync(join(fake.cache, `.staging-${pid}`), { recursive: true });
        writeFileSync(join(fake.cache, `.staging-${pid}`, 'half'), 'x');
      }
      await setUp();
      expect(inCache()).toEqual([`.staging-${process.ppid}`, `${VERSION}-cpu`, 'current']);
    });
  });

  describe('a wheel that will not do', () => {
    test.each<[string, (whole: Buffer) => Buffer, RegExp]>([
      [
        'cut off',
        (whole) => whole.subarray(0, whole.length / 2),
        /is damaged or no wheel: .* \(get it again/,
      ],
      ['something else', () => Buffer.from('<html>not found</html>'), /is damaged or no wheel/],
      [
        'with one wrong byte',
        (whole) => {
          whole[200] ^= 0x55;
          return whole;
        },
        /is damaged or no wheel: .* \(get it again, or leave out --from to have pip get it\)$/,
      ],
    ])('%s', async (_, spoil, message) => {
      const wheel = fake.wheel();
      writeFileSync(wheel, spoil(readFileSync(wheel)));
      await expectFailure({ from: wheel }, message);
    });

    test('not there', () =>
      expectFailure({ from: 'no/such.whl' }, /no file no\/such\.whl \(pass the path of/));

    test('for another machine', async () => {
      const wheel = fake.wheel({ tag: 'cp311-cp311-win_amd64' });
      await expectFailure({ from: wheel }, /is for cp311-cp311-win_amd64 \(this machine needs one for/);
    });

    test('of something else', async () => {
      const wheel = fake.wheel({ name: 'torch' });
      await expectFailure({ from: wheel }, /is torch, not tensorflow.* \(pass a wheel of tensorflow/);
    });

    test('of another version than asked for', async () => {
      await expectFailure({ from: fake.wheel(), version: '2.20.0' }, /of version 2\.99\.0, not 2\.20\.0/);
    });

    test('without a library', async () => {
      const wheel = fake.wheel({ files: [] });
      await expectFailure(
        { from: wheel },
        /holds no tensorflow\/libtensorflow_cc.* \(try another --version\)$/,
      );
    });

    test('that pip does not find', () =>
      expectFailure(
        {},
        /pip could not get .*: ERROR: No matching distribution .* \(check the version, the network/,
      ));
  });

  describe('a machine that will not do', () => {
    test('no wheels for it', () => {
      expect(() => thisPlatform('freebsd x64')).toThrow(
        /there is no TensorFlow wheel for freebsd x64 \(there are: linux x64, linux arm64, darwin arm64; the backends/,
      );
    });

    test('no pip', async () => {
      fake.withoutPip();
      await expectFailure({}, /pip was not found.* \(install Python 3 with pip, or .* --from\)$/);
    });

    test('no compiler', async () => {
      fake.wheel();
      vi.stubEnv('CXX', 'no-such-compiler');
      await expectFailure({}, /no C\+\+ compiler was found \(looked for no-such-compiler\).*install g\+\+/);
      expect(asked()).toEqual([]); // found out before the download
    });

    test('a compiler that fails', async () => {
      fake.wheel();
      fake.program(
        'old-compiler',
        '#!/bin/sh\n[ "$1" = --version ] || { echo "error: C++17?" >&2; exit 1; }\n',
      );
      vi.stubEnv('CXX', 'old-compiler');
      await expectFailure(
        {},
        /old-compiler could not build the binding: error: C\+\+17\? \(a compiler with C\+\+17/,
      );
    });

    test('no npm package', async () => {
      fake.wheel();
      const tfjsNode = { ...fake.tfjsNode, integrity: 'sha512-other' };
      await expectFailure(
        { tfjsNode },
        /is not the package it should be: expected sha512-other, got sha512-/,
      );
      fake.program('npm', '#!/bin/sh\necho "npm error code ENOTFOUND" >&2\nexit 1\n');
      await expectFailure(
        {},
        /npm could not get fake-tfjs-node@1\.0\.0: npm error code ENOTFOUND \(check the net/,
      );
    });

    test('a version that is none', () =>
      expectFailure({ version: 'latest' }, /must be one such as 2\.21\.0/));
  });

  describe('a full disk', () => {
    test('seen before anything begins', async ({ skip }) => {
      await onSmallDisk(fake, skip, async (disk) => {
        const content = Buffer.alloc(3 << 20);
        const files = thisPlatform().libraries.map((name) => ({ name, content, stored: true }));
        await expect(setUp({ from: fake.wheel({ files }) })).rejects.toThrow(
          /7 MB are needed in .*, \d MB are free \(free some, or set SPIKINGSSM_TENSORFLOW/,
        );
        expect(readdirSync(disk)).toEqual([]);
      });
    });

    test('while it unpacks', async ({ skip }) => {
      await onSmallDisk(fake, skip, async (disk) => {
        const content = Buffer.alloc(1 << 20);
        const files = thisPlatform().libraries.map((name) => ({ name, content, stored: true }));
        const onStep = (text: string): void => {
          if (text.startsWith('Unpacking')) writeFileSync(join(disk, 'of another'), Buffer.alloc(2 << 20));
        };
        await expect(setUp({ from: fake.wheel({ files }), onStep })).rejects.toThrow(
          /the disk of .* is full, \d+ MB are free \(free some, or set SPIKINGSSM_TENSORFLOW to a folder/,
        );
        expect(readdirSync(disk)).toEqual(['of another']);
      });
    });
  });

  describe('a broken cache', () => {
    test.each<[string, (folder: string) => void, RegExp]>([
      [
        'a file cut off',
        (folder) => truncateSync(join(folder, 'binding.node'), 100),
        /is damaged: binding\.node has 100 bytes instead of \d+ \(run `npx spikingssm setup tensorflow` again\)$/,
      ],
      [
        'a record that cannot be read',
        (folder) => writeFileSync(join(folder, 'setup.json'), '{'),
        /is damaged: setup\.json is missing or unreadable/,
      ],
    ])('%s is told, and mended by another run', async (_, spoil, message) => {
      fake.wheel();
      const { folder } = await setUp();
      spoil(folder);
      expect(available()).toMatch(message);
      expect((await setUp()).fresh).toBe(true);
      expect(available()).toBe(true);
      expect(inCache()).toEqual([`${VERSION}-cpu`, 'current']);
    });

    test('a folder that is gone', async () => {
      fake.wheel();
      const { folder } = await setUp();
      execFileSync('rm', ['-r', folder]);
      expect(available()).toMatch(/is damaged: setup\.json is missing/);
    });
  });
});

/** Puts the cache on a disk of 3 MB; skipped where none can be mounted. */
async function onSmallDisk(
  fake: Fakes,
  skip: (why: string) => never,
  work: (disk: string) => Promise<void>,
): Promise<void> {
  mkdirSync(fake.cache, { recursive: true });
  if (!runs('mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', fake.cache))
    skip('a small disk needs the right to mount');
  try {
    await work(fake.cache);
  } finally {
    execFileSync('umount', [fake.cache]);
  }
}

function runs(program: string, ...words: string[]): boolean {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}
