import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PEERS = join(ROOT, 'test', 'bench', 'peers');
const ENVIRONMENT = join(ROOT, 'data', 'cache', 'bench-python');
const NEEDED = ['torch==2.13.0', 'numpy'];
/**
 * For the neuron alone; without them their cases have no peer. Without what they depend on, which would bring another
 * torch, but for the one package that they do import.
 */
const WANTED = ['--no-deps', 'spikingjelly==2.0.0', 'snntorch==1.0.0', 'loguru'];

/** What a peer's process answers. */
export interface PeerReply {
  error?: string;
  ms?: number[];
  cpuMs?: number;
  peakKiB?: number;
  residentKiB?: number;
  torch?: string;
  errors?: Record<string, number>;
}

/** A process that runs our PyTorch version of the paper's code. */
export interface Peer {
  ask(request: object): Promise<PeerReply>;
  stop(): void;
}

export interface StartedPeer {
  peer: Peer;
  /** goldenError: the largest, relative to the largest entry of its tensor. */
  about: { torch: string; goldenError: number };
}

/**
 * A Python with PyTorch: the given one, or that of an environment of the bench's own, made on first use.
 * @returns its path, or why there is none
 */
export function findPython(given?: string): { python: string } | { missing: string } {
  if (given) return { python: given };
  if (!existsSync(PEERS)) return { missing: 'the peers are not part of the package (use a checkout)' };
  const python = join(
    ENVIRONMENT,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  if (succeeded(python, '-c', 'import torch')) return { python };
  console.log(`Making a Python environment with ${NEEDED.join(', ')} for the peers …`);
  rmSync(ENVIRONMENT, { recursive: true, force: true }); // one that was cut off while it was made
  if (!succeeded('python3', '-m', 'venv', ENVIRONMENT)) return { missing: 'python3 with venv was not found' };
  const install = (words: string[]): boolean =>
    succeeded(python, '-m', 'pip', 'install', '--quiet', ...words);
  if (!install(NEEDED)) {
    rmSync(ENVIRONMENT, { recursive: true, force: true });
    return { missing: `pip could not install ${NEEDED.join(', ')}` };
  }
  if (!install(WANTED)) console.log('SpikingJelly and snnTorch could not be installed: no peers from them.');
  return { python };
}

/**
 * Starts a peer and holds it against the golden files.
 * @throws Error  where the process does not come up or differs from the official numbers
 */
export async function startPeer(python: string, threads: number): Promise<StartedPeer> {
  const environment = { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONWARNINGS: 'ignore' };
  const child = spawn(python, [join(PEERS, 'serve.py')], { stdio: 'pipe', env: environment });
  const peer = conversation(child);
  const { error, torch = '' } = await peer.ask({ threads });
  if (error) throw new Error(error);
  const { error: difference, errors = {} } = await peer.ask({ golden: join(ROOT, 'test', 'golden') });
  if (difference) throw new Error(`the peer differs from the official numbers: ${difference}`);
  return { peer, about: { torch, goldenError: Math.max(...Object.values(errors)) } };
}

function conversation(child: ChildProcessWithoutNullStreams): Peer {
  const waiting: ((reply: PeerReply) => void)[] = [];
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line) as PeerReply));
  const gone = (why: string): void => {
    for (const resolve of waiting.splice(0)) resolve({ error: why });
  };
  child.on('error', ({ message }) => gone(message));
  child.on('close', () => gone(`the peer's process ended: ${complaint.trim().split('\n').at(-1) ?? ''}`));
  child.stdin.on('error', () => {}); // 'close' says why
  return {
    ask: (request) =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve({ error: "the peer's process ended" });
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    stop: () => child.stdin.end(),
  };
}

function succeeded(command: string, ...words: string[]): boolean {
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0;
}
