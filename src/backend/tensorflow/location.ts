import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../environment.js';
import { userCache } from '../../user-cache.js';

/** What `spikingssm setup tensorflow` put into one folder; written last, so that a folder that has it is whole. */
export interface SetUp {
  /** Of TensorFlow. */
  version: string;
  /** Whether it has the code for CUDA GPUs, and NVIDIA's libraries beside it. */
  gpu: boolean;
  /** Every file, by its path in the folder, with its size in bytes. */
  files: Record<string, number>;
}

export const COMMAND = 'npx spikingssm setup tensorflow';
/** Of a folder's `SetUp`. */
export const RECORD = 'setup.json';
/** The file beside the folders that names the one in use. */
const CURRENT = 'current';

/** Where libraries and binding are kept: SPIKINGSSM_TENSORFLOW, or the user's folder for caches. */
export function cacheFolder(): string {
  return environment('SPIKINGSSM_TENSORFLOW') ?? join(userCache(), 'tensorflow');
}

/** Path of the file that names the set-up in use. */
export function currentFile(): string {
  return join(cacheFolder(), CURRENT);
}

/** The set-up in use, or why there is none and what to do. */
export function currentSetUp(): { folder: string; setUp: SetUp } | { problem: string } {
  if (!existsSync(currentFile())) return { problem: `it is not set up (run \`${COMMAND}\`)` };
  const folder = join(cacheFolder(), readFileSync(currentFile(), 'utf8').trim());
  const setUp = readSetUp(folder);
  if (typeof setUp !== 'string') return { folder, setUp };
  return { problem: `its set-up in ${folder} is damaged: ${setUp} (run \`${COMMAND}\` again)` };
}

/** The record of a folder whose files are all there in their full size, or what is wrong. */
export function readSetUp(folder: string): SetUp | string {
  let setUp: SetUp;
  try {
    setUp = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as SetUp;
  } catch {
    return `${RECORD} is missing or unreadable`;
  }
  for (const [name, size] of Object.entries(setUp.files)) {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (!found) return `${name} is missing`;
    if (found.size !== size) return `${name} has ${found.size} bytes instead of ${size}`;
  }
  return setUp;
}
