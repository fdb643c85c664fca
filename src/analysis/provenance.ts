import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { type ColumnTable, table } from 'arquero';

/**
 * Where a notebook's numbers come from, one fact a row: package and commit, device, machine, date, and what the
 * caller adds.
 * @param facts  more rows, such as `{ seed: 1, scale: 'tiny' }`
 * @example provenance({ seed: 1, minutes: run.seconds / 60 })
 */
export function provenance(facts: Readonly<Record<string, string | number>> = {}): ColumnTable {
  const processors = cpus();
  const rows: Record<string, string> = {
    package: `spikingssm ${versionOf('../../package.json')}, commit ${commit() ?? 'unknown'}`,
    backend: `${tf.getBackend()} (tfjs ${tf.version.tfjs})`,
    machine: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, ${platform()}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])),
  };
  return table({ what: Object.keys(rows), value: Object.values(rows) });
}

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string }).version;
}

/** Of the checkout that the package lies in, with `+` where files have changed since; null for an installed package. */
function commit(): string | null {
  const git = (...words: string[]): string =>
    execFileSync('git', words, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') ? '+' : '');
  } catch {
    return null;
  }
}
