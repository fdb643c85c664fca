import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as tf from './tf.js';

/** Where numbers come from. Plain data. */
export interface Origin {
  /** Of this package. */
  version: string;
  /** Of the checkout that the package lies in, with `+` where files have changed since; null for an installed package. */
  commit: string | null;
  backend: string;
  tfjs: string;
  machine: string;
  /** Year, month, day. */
  date: string;
}

/** What a number made here and now comes from: package and commit, device, machine, date. */
export function origin(): Origin {
  const processors = cpus();
  return {
    version: versionOf('../package.json'),
    commit: commit(),
    backend: tf.getBackend(),
    tfjs: tf.version_core,
    machine: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, ${platform()}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string }).version;
}

function commit(): string | null {
  const git = (...words: string[]): string =>
    execFileSync('git', words, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') ? '+' : '');
  } catch {
    return null;
  }
}
