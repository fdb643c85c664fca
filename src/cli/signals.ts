/** Signals by which a system asks a program to end: Slurm's and Kubernetes' first word, and a terminal that is closed. */
const REQUESTS = ['SIGTERM', 'SIGHUP'] as const;
/** What a shell reports for a program that a signal ended. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type Request = keyof typeof CODES;

/** What a command does when it is asked to end. */
export interface Requests {
  signal: AbortSignal;
  /** What the command ends with where it was asked to, 0 otherwise. */
  exitCode(): number;
  /** For one that is heard in another way. */
  ask(request: Request): void;
}

/**
 * Ends work between two of its steps when the process is asked to end: by SIGTERM, SIGHUP, and whatever else is listed.
 * A second one of the listed ends the process at once.
 */
export function requests(others: readonly Request[] = [], reason?: (request: Request) => Error): Requests {
  const controller = new AbortController();
  let first: Request | undefined;
  const ask = (request: Request): void => {
    first ??= request;
    controller.abort(reason?.(request));
  };
  for (const request of [...REQUESTS, ...others]) process.once(request, () => ask(request));
  return { signal: controller.signal, exitCode: () => (first ? CODES[first] : 0), ask };
}

/** What nobody reads any more is no reason to lose work, and no error: `spikingssm … | head`. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    process.exit();
  });
  // A terminal that was closed: what would be said there is not.
  process.stderr.on('error', () => {});
}
