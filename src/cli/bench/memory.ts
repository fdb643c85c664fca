import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startPeer } from './peer.js';
import type { Result } from './single.js';

/** Peak memory of one training step of a block, each in a process of its own, in MiB. */
export interface MemoryResult {
  name: string;
  entries: { side: 'ours' | 'peer'; label: string; peakMiB: number; aboveStartMiB: number }[];
  /** The peer's peak over ours, the largest of ours. */
  ratio: number | null;
}

const CASE = { batch: 8, length: 8192, width: 256, state: 64 } as const;

export async function measureMemory(threads: number, python: string | undefined): Promise<MemoryResult> {
  const entries: MemoryResult['entries'] = (['sltt', 'bptt', 'sdn'] as const).map((neuron) => {
    const flags = Object.entries({
      ...CASE,
      neuron,
      pass: 'train',
      backend: 'native',
      threads,
      seconds: 0,
      runs: 2,
    });
    const main = fileURLToPath(new URL('../main.js', import.meta.url));
    const words = [
      'bench',
      'block',
      '--json',
      ...flags.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ];
    const { stdout } = spawnSync(process.execPath, [main, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { peakKiB, startKiB } = JSON.parse(stdout) as Result;
    return {
      side: 'ours',
      label: neuron,
      peakMiB: peakKiB / 1024,
      aboveStartMiB: (peakKiB - startKiB) / 1024,
    };
  });
  const ours = Math.max(...entries.map(({ peakMiB }) => peakMiB));
  if (python) {
    const { peer } = await startPeer(python, threads);
    const request = { ...CASE, neuron: 'sdn', pass: 'train', bidirectional: false, trainableB: false };
    const { residentKiB = 0, error } = await peer.ask({ ...request, prepare: 'block', as: 'block' });
    const { peakKiB } = await peer.ask({ run: 2, of: 'block' });
    peer.stop();
    if (error || peakKiB === undefined) throw new Error(error);
    entries.push({
      side: 'peer',
      label: 'PyTorch, SDN',
      peakMiB: peakKiB / 1024,
      aboveStartMiB: (peakKiB - residentKiB) / 1024,
    });
  }
  const theirs = entries.find(({ side }) => side === 'peer');
  return {
    name: 'peak memory of a training step, L 8192',
    entries,
    ratio: theirs ? theirs.peakMiB / ours : null,
  };
}

export function memoryLines({ name, entries, ratio }: MemoryResult): string[] {
  return [
    name,
    ...entries.map(
      ({ label, peakMiB, aboveStartMiB }) =>
        `  ${label.padEnd(20)}  ${peakMiB.toFixed(0).padStart(6)} MiB, ${aboveStartMiB.toFixed(0)} of them for the step`,
    ),
    ...(ratio === null ? [] : [`  peer / ours ${ratio.toFixed(2)}x`]),
  ];
}
