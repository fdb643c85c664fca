import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from others with its number, earlier or elsewhere. */
export interface Process {
  pid: number;
  /** When it began, in words of the system; null where the system does not say. */
  started: string | null;
  /** Name of the machine or container. */
  host: string;
  /** Which processes can be seen from here: of this start of the machine and this container; null where it is not said. */
  space: string | null;
}

let own: Process | undefined;

export function thisProcess(): Process {
  own ??= {
    pid: process.pid,
    started: lookAt(process.pid)?.started ?? null,
    host: hostname(),
    space: space(),
  };
  return own;
}

/** Whether it is one of those that can be looked at from here. */
export function isHere({ host, space: theirs }: Partial<Process>): boolean {
  // What an older version wrote says neither.
  return (
    (host ?? thisProcess().host) === thisProcess().host &&
    (theirs ?? thisProcess().space) === thisProcess().space
  );
}

/**
 * Whether a process of this machine still runs.
 * @param seen  when it was last seen, milliseconds: an earlier one with this process's number is not this one
 */
export function isAlive({ pid, started }: Partial<Process>, seen: number): boolean {
  const found = lookAt(pid as number);
  if (!found) return false;
  if (started && found.started) return started === found.started;
  return !(pid === process.pid && seen < Date.now() - 1000 * process.uptime());
}

/** undefined for one that does not run, or is dead and only not buried. */
function lookAt(pid: number): { started: string | null } | undefined {
  if (!isRunning(pid)) return undefined;
  if (process.platform === 'linux') {
    try {
      const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Its second field is a name in brackets, which may hold anything.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      return 'ZX'.includes(fields[0]) ? undefined : { started: fields[19] };
    } catch {
      return { started: null };
    }
  }
  if (process.platform === 'win32') return { started: null };
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return { started: status === 0 ? stdout.trim() : null };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A machine's start and, on Linux, the container's own numbers of processes. */
function space(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}
