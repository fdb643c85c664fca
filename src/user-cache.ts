import { homedir } from 'node:os';
import { join } from 'node:path';

/** The package's folder among the user's caches, which a new installation leaves as it is: `~/.cache/spikingssm`. */
export function userCache(): string {
  const { XDG_CACHE_HOME } = process.env;
  const caches =
    process.platform === 'darwin'
      ? join(homedir(), 'Library', 'Caches')
      : XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(caches, 'spikingssm');
}
