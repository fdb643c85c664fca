import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Takes a lock file for this process; a lock that a dead process left behind is taken over.
 * @returns  releases the lock
 * @throws Error  where a running process holds it
 */
export function lockFile(path: string): () => void {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined && isRunning(holder) && !isEarlier(holder, path)) {
      throw new Error(`data: process ${holder} is at this already (${path}); wait for it, or stop it`);
    }
    rmSync(path, { force: true });
  }
}

/** undefined where the file is gone or holds no process. */
function readHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a lock with this process's own number was made before it: in a container each run may have the same. */
function isEarlier(holder: number, path: string): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return holder === process.pid && made !== undefined && made < Date.now() - 1000 * process.uptime();
}
