import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../../environment.js';
import { unknownName } from '../../options.js';

/**
 * What the addon exports. Each operation adds its own functions in its native.ts; the code behind them is in the
 * binding.cc beside it. Every array is row-major, results are written into arrays that the caller gives.
 */
export interface Addon {
  /** @returns the number of threads from now on, at least 1 */
  setThreads(count: number): number;
  /**
   * `baseline`, `avx2`, `avx512` or `amx`: the best this machine has. The environment variable SPIKINGSSM_ISA, read when
   * the addon is loaded, names one to go no further than.
   */
  instructionSet(): string;
  /** Asks for large pages. @returns the first offset, in bytes, that is a multiple of 64 in memory */
  prepareBuffer(buffer: ArrayBuffer): number;
  /** Of this machine, in 1e9 a second: float operations in vectors, on tiles (0: none), bytes to and from memory. */
  measureFloor(): [vectors: number, tiles: number, bytes: number];
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(import.meta.url);

/** From the least to the most, as `instruction-set.cc` names them. */
const INSTRUCTION_SETS: readonly string[] = ['baseline', 'avx2', 'avx512', 'amx'];

let loaded: Addon | undefined;

/**
 * The addon, loaded on the first call; SPIKINGSSM_ADDON names another file in place of the built one (test/sanitize.mjs).
 * @throws Error where it was not built or does not fit this machine
 */
export function addon(): Addon {
  const other = environment('SPIKINGSSM_ADDON');
  checkInstructionSet();
  loaded ??= other ? (require(other) as Addon) : (require('node-gyp-build') as (root: string) => Addon)(ROOT);
  return loaded;
}

/** The addon takes what it does not know for no wish at all. */
function checkInstructionSet(): void {
  const given = environment('SPIKINGSSM_ISA');
  if (given === undefined || INSTRUCTION_SETS.includes(given)) return;
  throw unknownName('native (SPIKINGSSM_ISA)', 'instruction set', given, INSTRUCTION_SETS);
}

/** Whether the addon is there: built at set-up, or prebuilt for this platform. */
export function hasAddon(): boolean {
  const prebuilt = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  return existsSync(join(ROOT, 'build', 'Release', 'spikingssm.node')) || existsSync(prebuilt);
}
