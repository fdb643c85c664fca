import { randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fileFault } from './file-fault.js';
import { isAlive, isHere, type Process, thisProcess } from './process-identity.js';
import { removeIfThere } from './write-whole.js';

/** Who holds a lock, as its file says. */
interface Holder extends Process {
  /** Of this lock alone. */
  token: string;
}

/** Milliseconds between two signs of life. */
const BEAT = 15_000;
/** Milliseconds without one after which a holder that cannot be looked at counts as dead: longer than a step takes. */
const SILENT = 10 * 60_000;

/**
 * Takes a lock file for this process. A lock is not kept by a dead process: one of this machine is looked at (number and
 * time it began, so that another one with its number is none), one elsewhere, on another machine or in another container
 * that shares the folder, gives a sign of life every few seconds.
 * @param where  what the message begins with
 * @param remedy  besides waiting for the other, or stopping it
 * @returns  releases the lock
 * @throws Error  where a running process holds it, this one too
 */
export function lockFile(where: string, path: string, remedy = ''): () => void {
  const own: Holder = { ...thisProcess(), token: randomUUID() };
  for (;;) {
    const now = create(path, JSON.stringify(own));
    if (now === undefined) return hold(path, own);
    const found = read(path);
    if (found === undefined) continue;
    const silent = now - found.seen;
    if (found.holder && holds(found.holder, silent, found.seen)) {
      throw new Error(
        `${where}: ${nameOf(found.holder, silent)} is at this already (${path}); ${remedyFor(found.holder, path)}${remedy}`,
      );
    }
    takeAway(path, found.text);
  }
}

/**
 * Makes the file, whole at once, unless there is one.
 * @returns  undefined where it was made; otherwise the time by the clock of the disk, which may be another machine's
 */
function create(path: string, text: string): number | undefined {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeNew(temporary, text);
    try {
      linkSync(temporary, path);
      return undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return statSync(temporary).mtimeMs;
      // A file system without hard links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(code ?? '')) throw error;
      writeNew(path, text);
      return undefined;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return Date.now();
    throw fileFault(path, error);
  } finally {
    removeIfThere(temporary);
  }
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** undefined where it is gone. */
function read(path: string): { text: string; holder: Holder | undefined; seen: number } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, holder: parse(text), seen: statSync(path).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileFault(path, error);
  }
}

/** undefined for what names no process. */
function parse(text: string): Holder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Holder> | number;
    // As an older version writes it.
    const holder = typeof found === 'number' ? { pid: found } : found;
    return Number.isSafeInteger(holder.pid) && (holder.pid as number) > 0 ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function holds(holder: Holder, silent: number, seen: number): boolean {
  return isHere(holder) ? isAlive(holder, seen) : silent < SILENT;
}

/** Takes away just the lock that was looked at: by a name of its own, for another process may be doing the same. */
function takeAway(path: string, text: string): void {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileFault(path, error);
  }
  // A new one that came in between goes back.
  if (readFileSync(aside, 'utf8') !== text) create(path, readFileSync(aside, 'utf8'));
  rmSync(aside, { force: true });
}

function hold(path: string, { token }: Holder): () => void {
  const isOwn = (): boolean => read(path)?.holder?.token === token;
  const timer = setInterval(() => {
    try {
      if (isOwn()) touch(path);
    } catch {
      // The next one may come through.
    }
  }, BEAT);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isOwn()) rmSync(path, { force: true });
  };
}

/** Writes its first byte again: the time is then the disk's own. */
function touch(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, '{', 0);
  } finally {
    closeSync(file);
  }
}

function nameOf(holder: Holder, silent: number): string {
  if (!isHere(holder))
    return `process ${holder.pid} on ${holder.host} (seen ${Math.max(0, Math.round(silent / 1000))} s ago)`;
  return holder.pid === process.pid ? 'this process' : `process ${holder.pid}`;
}

function remedyFor(holder: Holder, path: string): string {
  if (!isHere(holder)) return `wait for it, stop it, or remove ${path} if it is gone`;
  // Code that was ended by force could not release it.
  if (holder.pid === process.pid) return `wait for it, or remove ${path} if it was ended by force`;
  return 'wait for it, or stop it';
}
