import type { Energy } from './energy.js';
import type { Operations } from './operations.js';

/**
 * Energy of reading or writing one 32-bit word in 45 nm, joules, by the smallest memory that holds the data: half of
 * the published figures for 64 bits; of the range for DRAM (1.3 to 2.6 nJ) the lower end.
 * Source: Horowitz, ISSCC 2014.
 */
export const MEMORIES: readonly {
  readonly name: string;
  readonly bytes: number;
  readonly joulesPerWord: number;
}[] = [
  { name: '8 KiB cache', bytes: 8 * 1024, joulesPerWord: 5e-12 },
  { name: '32 KiB cache', bytes: 32 * 1024, joulesPerWord: 10e-12 },
  { name: '1 MiB cache', bytes: 1024 * 1024, joulesPerWord: 50e-12 },
  { name: 'DRAM', bytes: Number.POSITIVE_INFINITY, joulesPerWord: 650e-12 },
];

export interface MemoryTraffic {
  readonly operations: Operations;
  /** Of all parameters. */
  readonly weightBytes: number;
  /** Of all states: modes of the state spaces and membrane potentials. */
  readonly stateBytes: number;
  /** States times steps. */
  readonly stateUpdates: number;
}

export interface MemoryEnergy extends Energy {
  /** Which memory holds the parameters, and which the states. */
  weightsIn: string;
  statesIn: string;
}

/**
 * Energy a sample of moving data, in a machine that works event by event and keeps nothing between steps:
 *   every MAC or AC reads its weight; every state is read and written once a step
 * A machine that works on many steps or samples at once reads each weight less often, so this is an upper bound for
 * weights; inputs and outputs of layers are not in it.
 */
export function memoryEnergy({
  operations,
  weightBytes,
  stateBytes,
  stateUpdates,
}: MemoryTraffic): MemoryEnergy {
  const [weights, states] = [memoryFor(weightBytes), memoryFor(stateBytes)];
  const moved = 2 * stateUpdates * states.joulesPerWord;
  return {
    joules: (operations.macs + operations.acs) * weights.joulesPerWord + moved,
    denseJoules: operations.dense * weights.joulesPerWord + moved,
    weightsIn: weights.name,
    statesIn: states.name,
  };
}

function memoryFor(bytes: number): (typeof MEMORIES)[number] {
  if (!(bytes >= 0)) throw new RangeError(`memoryEnergy: bytes must be at least 0, got ${bytes}`);
  return MEMORIES.find((memory) => bytes <= memory.bytes)!;
}
