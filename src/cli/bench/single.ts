import { availableParallelism } from 'node:os';
import { type MeasureOptions, measure, type Prepared, type Times } from '../../analysis/measure.js';
import { type BackendName, useBackend } from '../../backend/index.js';
import { addon } from '../../backend/native/addon.js';
import { peakKiB } from './peak-memory.js';

export interface Device {
  backend: BackendName;
  threads: number;
  /** Of the native kernels; null on other backends. */
  instructions: string | null;
}

/** What a single case prints: its options, where it ran, times, and memory of the whole process. */
export type Result = Device &
  Times & {
    case: string;
    /** Resident before the case was prepared, and the most that ever was. */
    startKiB: number;
    peakKiB: number;
    [option: string]: unknown;
  };

/** @param threads  0: one a core */
export async function useDevice(name: BackendName | 'auto', threads: number): Promise<Device> {
  const { name: backend, device } = await useBackend(name, { threads });
  if (device) return { backend, threads: device.threads, instructions: null };
  if (backend !== 'native') return { backend, threads: 1, instructions: null };
  return { backend, threads: threads || availableParallelism(), instructions: addon().instructionSet() };
}

/** Prepares and times one case on the current device. */
export function single(
  name: string,
  device: Device,
  options: object,
  prepare: () => Prepared,
  how: MeasureOptions,
): Result {
  const startKiB = Math.round(process.memoryUsage.rss() / 1024);
  const work = prepare();
  try {
    const times = measure(work, how);
    return { case: name, ...options, ...device, ...times, startKiB, peakKiB: peakKiB() };
  } finally {
    work.dispose();
  }
}
