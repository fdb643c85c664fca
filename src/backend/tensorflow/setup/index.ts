import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../../files/write-whole.js';
import { cacheFolder, currentFile, RECORD, readSetUp, type SetUp } from '../location.js';
import { buildBinding, findCompiler } from './binding.js';
import { checkWheel, inNvidia, inTensorflow, nvidiaRequirements, unpackedSize } from './contents.js';
import { checkFree, explainFull, freeBytes, megabytes } from './disk.js';
import { downloadWheel, findPip } from './pip.js';
import { type Platform, thisPlatform } from './platform.js';
import { fetchTfjsNode, TFJS_NODE, type TfjsNode } from './tfjs-node.js';
import { extractWheel, readWheel, type Wheel } from './wheel.js';

/** The TensorFlow that was tried with this package. */
export const DEFAULT_VERSION = '2.21.0';

export interface SetupOptions {
  /** With the code for CUDA GPUs and NVIDIA's libraries. Default false. */
  gpu?: boolean;
  /** A wheel to use instead of one that pip gets. */
  from?: string;
  /** Of TensorFlow. Default 2.21.0, or that of `from`. */
  version?: string;
  /** Told what happens, a line each. */
  onStep?: (text: string) => void;
  /** Told how far the unpacking of one wheel is, in bytes. */
  onProgress?: (done: number, total: number) => void;
  /** Stops it; nothing half made is left. */
  signal?: AbortSignal;
  /** Where the backend's JavaScript and binding come from. Default tfjs-node 4.22.0. */
  tfjsNode?: TfjsNode;
}

export interface SetupResult {
  folder: string;
  setUp: SetUp;
  /** False where all of it was there before. */
  fresh: boolean;
}

/** What a set-up on Linux x64 was measured to download, to keep, and to need at most while it works, in bytes. */
const SIZES = {
  cpu: { download: 274e6, kept: 856e6, most: 1130e6 },
  gpu: { download: 3380e6, kept: 5680e6, most: 6100e6 },
};

/**
 * Puts TensorFlow's libraries, tfjs-node's JavaScript and a binding between them into a folder of the user's cache.
 * Everything is made beside its place and renamed into it at the end.
 * @throws RangeError, Error  that say what was missing and what to do
 */
export async function setUpTensorflow(options: SetupOptions = {}): Promise<SetupResult> {
  const { gpu = false, from, onStep = () => {}, signal, tfjsNode = TFJS_NODE } = options;
  const platform = thisPlatform();
  if (gpu && !platform.gpu) {
    throw new RangeError('setup tensorflow: CUDA wheels are for Linux x64 only (leave out --gpu)');
  }
  if (from && !existsSync(from)) {
    throw new RangeError(`setup tensorflow: no file ${from} (pass the path of a tensorflow wheel)`);
  }
  const given = from === undefined ? undefined : await readWheel(from);
  if (given) checkWheel(given, platform, gpu);
  const version = versionOf(options.version, given);
  const cache = cacheFolder();
  const name = `${version}-${gpu ? 'gpu' : 'cpu'}`;
  const folder = join(cache, name);
  const use = (setUp: SetUp, fresh: boolean): SetupResult => {
    writeWhole(currentFile(), [`${name}\n`]);
    return { folder, setUp, fresh };
  };
  const there = readSetUp(folder);
  if (typeof there !== 'string') return use(there, false);

  const pip = given && !gpu ? undefined : findPip();
  const compiler = findCompiler();
  const estimate = SIZES[gpu ? 'gpu' : 'cpu'];
  const needed = given && !gpu ? unpackedSize(given, inTensorflow(platform)) : estimate.most;
  onStep(
    `TensorFlow ${version}${gpu ? ' with CUDA' : ''}: downloads ${given && !gpu ? 'next to nothing' : `about ${megabytes(estimate.download)}`}, ` +
      `needs ${megabytes(needed)} while it works and keeps ${megabytes(given && !gpu ? needed : estimate.kept)} in ${cache} ` +
      `(${megabytes(freeBytes(cache))} free).`,
  );
  checkFree(cache, needed);

  const staging = join(cache, `.staging-${process.pid}`);
  try {
    removeStaging(cache);
    const downloads = join(staging, 'downloads');
    mkdirSync(downloads, { recursive: true });
    await unpackAll({ ...options, version, platform, given, pip, staging, downloads });
    onStep(`Getting ${tfjsNode.name} ${tfjsNode.version}, without running its install script …`);
    await fetchTfjsNode(tfjsNode, downloads, staging, signal);
    onStep('Building the binding …');
    await buildBinding(compiler, staging, platform, signal);
    signal?.throwIfAborted();
    rmSync(downloads, { recursive: true });
    const setUp: SetUp = { version, gpu, files: sizesIn(staging) };
    writeWhole(join(staging, RECORD), [JSON.stringify(setUp, undefined, 2)]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(staging, folder);
    return use(setUp, true);
  } catch (error) {
    throw explainFull(error, cache);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Removes every set-up. @returns bytes that this freed */
export function removeTensorflow(): number {
  const cache = cacheFolder();
  if (!existsSync(cache)) return 0;
  const bytes = Object.values(sizesIn(cache)).reduce((sum, size) => sum + size, 0);
  rmSync(cache, { recursive: true });
  return bytes;
}

interface Work extends SetupOptions {
  version: string;
  platform: Platform;
  given: Wheel | undefined;
  pip: readonly string[] | undefined;
  staging: string;
  downloads: string;
}

/** Gets and unpacks TensorFlow's wheel and, for a GPU, NVIDIA's, each gone again before the next one comes. */
async function unpackAll(work: Work): Promise<void> {
  const { gpu = false, version, platform, given, pip, staging, downloads, signal } = work;
  const { onStep = () => {}, onProgress } = work;
  const get = async (requirement: string, tags: readonly string[]): Promise<Wheel> => {
    onStep(`Downloading ${requirement} with pip …`);
    return readWheel(await downloadWheel(pip as readonly string[], requirement, tags, downloads, signal));
  };
  const unpack = async (wheel: Wheel, wanted: (name: string) => boolean): Promise<void> => {
    const total = unpackedSize(wheel, wanted);
    checkFree(staging, total);
    onStep(`Unpacking ${megabytes(total)} of ${wheel.name} ${wheel.version} …`);
    let done = 0;
    const onBytes = (count: number): void => {
      done += count;
      onProgress?.(done, total);
    };
    await extractWheel(wheel.path, staging, wanted, onBytes, signal);
    if (wheel !== given) rmSync(wheel.path);
  };
  const name = gpu ? platform.gpu : platform.cpu;
  const tensorflow = given ?? (await get(`${name}==${version}`, platform.tags));
  checkWheel(tensorflow, platform, gpu);
  await unpack(tensorflow, inTensorflow(platform));
  if (!gpu) return;
  for (const requirement of nvidiaRequirements(tensorflow)) {
    await unpack(await get(requirement, platform.tags), inNvidia);
  }
}

function versionOf(asked: string | undefined, given: Wheel | undefined): string {
  if (asked !== undefined && !/^\d+(\.\d+)+(rc\d+)?$/.test(asked)) {
    throw new RangeError(
      `setup tensorflow: the version must be one such as ${DEFAULT_VERSION}, got ${asked}`,
    );
  }
  if (given && asked && given.version !== asked) {
    throw new RangeError(
      `setup tensorflow: the wheel is of version ${given.version}, not ${asked} (leave out --version)`,
    );
  }
  return given?.version ?? asked ?? DEFAULT_VERSION;
}

/** What a process that was killed while setting up left behind. */
function removeStaging(cache: string): void {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache)) {
    const pid = Number(/^\.staging-(\d+)$/.exec(name)?.[1]);
    if (pid && !isRunning(pid)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sizesIn(folder: string): Record<string, number> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), statSync(path).size];
    }),
  );
}
