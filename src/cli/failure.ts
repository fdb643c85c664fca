import { environment } from '../environment.js';

/** Ends the command with exit code 1 and one clear line; SPIKINGSSM_DEBUG=1 shows the stack as well. */
export function reportFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && environment('SPIKINGSSM_DEBUG') === '1' ? error.stack : undefined;
  process.stderr.write(`spikingssm: ${stack ?? message}\n`);
  process.exitCode = 1;
}
