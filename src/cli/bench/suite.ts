import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../environment.js';
import { writeWhole } from '../../files/write-whole.js';
import { type Floor, floorLines, measureFloor } from './floor.js';
import { type MemoryResult, measureMemory, memoryLines } from './memory.js';
import { findPython, type StartedPeer, startPeer } from './peer.js';
import { pictures } from './pictures.js';
import { suitePlan } from './plan.js';
import { type CaseResult, resultLines, runRounds } from './rounds.js';
import { type Device, useDevice } from './single.js';

export interface SuiteOptions {
  quick: boolean;
  only: string;
  out: string;
  python?: string;
  peer: boolean;
  threads: number;
}

/** What results.json holds. */
export interface SuiteResult {
  machine: Device & { processor: string; cores: number; node: string; date: string };
  peer: StartedPeer['about'] | null;
  /** Load of the machine over the last minute, before and after. */
  load: [number, number];
  cases: CaseResult[];
  memory: MemoryResult | null;
  floor: Floor | null;
}

/** Times every case beside its peers, prints as it goes, and writes results.json and pictures. */
export async function runSuite(options: SuiteOptions): Promise<void> {
  const { quick, only, out, threads } = options;
  const wanted = (name: string): boolean => name.includes(only);
  checkWanted(wanted, only, quick);
  const device = await useDevice('auto', threads);
  const [before] = loadavg();
  console.log(
    `${device.backend}${device.instructions ? ` ${device.instructions}` : ''}, ${threads} threads, load ${before}`,
  );
  const python = options.peer ? pythonFor(options.python) : undefined;
  const peer = python ? await peerOrNone(python, threads) : undefined;
  const result: SuiteResult = {
    machine: {
      ...device,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      node: process.versions.node,
      date: new Date().toISOString(),
    },
    peer: peer?.about ?? null,
    load: [before, before],
    cases: [],
    memory: null,
    floor: null,
  };
  for (const one of suitePlan().filter(({ name, long }) => wanted(name) && !(quick && long))) {
    const measured = await runRounds(one, peer?.peer, quick ? 2 : 6);
    print(resultLines(measured));
    result.cases.push(measured);
  }
  peer?.peer.stop();
  if (device.backend === 'native') {
    if (!quick && wanted(MEMORY)) {
      result.memory = await measureMemory(threads, peer && python);
      print(memoryLines(result.memory));
    }
    if (wanted(FLOOR)) {
      result.floor = measureFloor(quick ? 0.1 : 1);
      print(floorLines(result.floor));
    }
  }
  result.load[1] = loadavg()[0];
  const path = join(out, 'results.json');
  writeWhole(path, [`${JSON.stringify(result, null, 2)}\n`]);
  for (const [name, picture] of Object.entries(pictures(result))) {
    await picture.save(join(out, `${name}.png`));
    await picture.save(join(out, `${name}.html`));
  }
  console.log(`Written: ${path} and its pictures`);
}

/** Measured besides the cases, where the backend is `native`. */
const MEMORY = 'peak memory';
const FLOOR = 'floor';

/** @throws RangeError  where nothing would be timed */
function checkWanted(wanted: (name: string) => boolean, only: string, quick: boolean): void {
  const plan = suitePlan();
  const short = [...plan.filter(({ long }) => !long).map(({ name }) => name), FLOOR];
  const long = [...plan.filter((one) => one.long).map(({ name }) => name), MEMORY];
  if (short.some(wanted) || (!quick && long.some(wanted))) return;
  const there = long.some(wanted) ? 'only such that --quick leaves out' : 'none';
  throw new RangeError(
    `bench: --only "${only}" names ${there}; there are: ${(quick ? short : [...short, ...long]).join('; ')}`,
  );
}

function pythonFor(given: string | undefined): string | undefined {
  const found = findPython(given ?? environment('SPIKINGSSM_BENCH_PYTHON'));
  if ('python' in found) return found.python;
  console.log(`No peers: ${found.missing}.`);
  return undefined;
}

async function peerOrNone(python: string, threads: number): Promise<StartedPeer | undefined> {
  try {
    const started = await startPeer(python, threads);
    console.log(
      `Peer: torch ${started.about.torch}, equal to the official numbers to ${started.about.goldenError.toExponential(1)}`,
    );
    return started;
  } catch (error) {
    console.log(`No peers: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
