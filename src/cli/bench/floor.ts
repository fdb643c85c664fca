import { measure } from '../../analysis/measure.js';
import { addon } from '../../backend/native/addon.js';
import type { Counts, Ways } from './counts.js';
import { kernelCases } from './kernels.js';

/** What the machine can do at best, in 1e9 a second. */
export interface Machine {
  /** Float operations of vectors that stay in registers; a multiply-add counts as two. */
  gflops: number;
  /** The same on the tile unit; null where there is none. */
  tileGflops: number | null;
  /** Bytes read and written of arrays larger than the private caches. */
  gigabytes: number;
}

export interface KernelFloor {
  kernel: string;
  medianMs: number;
  minMs: number;
  /** 1e9 float operations, and 1e6 bytes, that one run needs (counts.ts says how they are counted). */
  gflop: number;
  megabytes: number;
  /** The larger of the two floors, summed over the parts of the work, and which it is of the largest part. */
  floorMs: number;
  bound: 'vectors' | 'tiles' | 'memory';
  /** floorMs / minMs */
  fraction: number;
}

export interface Floor {
  machine: Machine;
  kernels: KernelFloor[];
}

/** On the native backend, with the threads it has. */
export function measureMachine(): Machine {
  const [gflops, tileGflops, gigabytes] = addon().measureFloor();
  return { gflops, tileGflops: tileGflops || null, gigabytes };
}

/** Times each native kernel against the floor of its operations and bytes. */
export function measureFloor(seconds: number): Floor {
  const machine = measureMachine();
  const kernels = kernelCases(addon().hasTiles()).map(({ kernel, prepare, needs }): KernelFloor => {
    const work = prepare();
    try {
      const { medianMs, minMs } = measure(work, { seconds, leastRuns: 5 });
      const floor = floorOf(machine, needs);
      return { kernel, medianMs, minMs, ...floor, fraction: floor.floorMs / minMs };
    } finally {
      work.dispose();
    }
  });
  return { machine, kernels };
}

/** The least time that the parts of the work take one after the other, each done in its cheapest way. */
export function floorOf(
  machine: Machine,
  needs: readonly Ways[],
): Pick<KernelFloor, 'gflop' | 'megabytes' | 'floorMs' | 'bound'> {
  const parts = needs.map(
    (ways) =>
      ways.map((counts) => ({ ...counts, ...timeOf(machine, counts) })).sort((a, b) => a.ms - b.ms)[0],
  );
  const largest = [...parts].sort((a, b) => b.ms - a.ms)[0];
  const total = (of: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((sum, part) => sum + of(part), 0);
  return {
    gflop: total(({ flops }) => flops) / 1e9,
    megabytes: total(({ bytes }) => bytes) / 1e6,
    floorMs: total(({ ms }) => ms),
    bound: largest.bound,
  };
}

function timeOf(
  machine: Machine,
  { flops, bytes, unit }: Counts,
): { ms: number; bound: KernelFloor['bound'] } {
  const peak = unit === 'tiles' ? (machine.tileGflops ?? machine.gflops) : machine.gflops;
  const [operations, memory] = [flops / peak / 1e6, bytes / machine.gigabytes / 1e6];
  return operations >= memory ? { ms: operations, bound: unit } : { ms: memory, bound: 'memory' };
}

export function floorLines({ machine, kernels }: Floor): string[] {
  const tiles = machine.tileGflops === null ? '' : `, ${machine.tileGflops.toFixed(0)} on tiles`;
  return [
    `machine: ${machine.gflops.toFixed(0)} GFLOP/s in vectors${tiles}, ${machine.gigabytes.toFixed(1)} GB/s`,
    `${'kernel'.padEnd(30)}   min ms   GFLOP       MB  floor ms  of floor  bound by`,
    ...kernels.map(({ kernel, minMs, gflop, megabytes, floorMs, fraction, bound }) =>
      [
        kernel.padEnd(30),
        minMs.toFixed(2).padStart(8),
        gflop.toFixed(2).padStart(7),
        megabytes.toFixed(1).padStart(8),
        floorMs.toFixed(2).padStart(9),
        `${(100 * fraction).toFixed(0)} %`.padStart(9),
        ` ${bound}`,
      ].join(' '),
    ),
  ];
}
