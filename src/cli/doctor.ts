import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { currentSetUp } from '../backend/tensorflow/location.js';

export interface Finding {
  name: string;
  state: 'ok' | 'missing' | 'optional';
  /** What was found, or what to do. */
  text: string;
}

/** Adds `spikingssm doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Check what notebooks need, one line each, with the remedy for what is missing')
    .option('--json', 'for scripts')
    .addHelpText('after', '\nExample:\n  spikingssm doctor')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine();
      if (json) console.log(JSON.stringify(findings, undefined, 2));
      else for (const finding of findings) console.log(lineOf(finding));
      if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
    });
}

const MARK: Record<Finding['state'], string> = { ok: '✓', missing: '✗', optional: '–' };

function lineOf({ name, state, text }: Finding): string {
  return `${MARK[state]} ${name.padEnd(11)} ${text}`;
}

/** Looks at everything; `missing` is what cells cannot run without. */
async function examine(): Promise<Finding[]> {
  const python = firstThatRuns([join('.venv', 'bin', 'python'), 'python3', 'python'], ['--version']);
  return [
    node(),
    await zeromq(),
    await kernelspec(),
    python
      ? found('Python', `${python.output} (${python.program})`)
      : optional('Python', 'not found; only JupyterLab needs it (install Python 3.9 or later)'),
    jupyterLab(python?.program),
    compiler(),
    gpu(),
    tensorflow(),
  ];
}

function node(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const name = 'Node.js';
  return good
    ? found(name, process.versions.node)
    : { name, state: 'missing', text: `${process.versions.node} is too old (install 20.19 or later)` };
}

async function zeromq(): Promise<Finding> {
  const name = 'zeromq';
  try {
    const { version } = await import('zeromq');
    return found(name, version);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    return { name, state: 'missing', text: `${reason} (npm rebuild zeromq)` };
  }
}

async function kernelspec(): Promise<Finding> {
  const { kernelFolder } = await import('../jupyter/kernel/spec.js');
  const name = 'kernelspec';
  const folders = [kernelFolder({ prefix: '.venv' }), kernelFolder({ user: true })];
  const folder = folders.find((one) => existsSync(join(one, 'kernel.json')));
  if (!folder) return optional(name, 'not installed (spikingssm kernel install --user, or npm run lab)');
  const { argv } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as { argv: string[] };
  const launcher = argv[1].replace('{resource_dir}', folder);
  if (existsSync(launcher)) return found(name, folder);
  return {
    name,
    state: 'missing',
    text: `${folder} names ${launcher}, which is gone (spikingssm kernel install)`,
  };
}

function jupyterLab(python: string | undefined): Finding {
  const name = 'JupyterLab';
  const result = python && firstThatRuns([python], ['-m', 'jupyterlab', '--version']);
  return result
    ? found(name, result.output)
    : optional(name, 'not installed (npm run lab makes an environment)');
}

function compiler(): Finding {
  const result = firstThatRuns([process.env.CXX ?? 'c++', 'g++', 'clang++'], ['--version']);
  return result
    ? found('compiler', result.output.split('\n')[0])
    : optional('compiler', 'none; plain JavaScript is used instead (install g++ or clang++)');
}

function gpu(): Finding {
  const args = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  const result = firstThatRuns(['nvidia-smi'], args);
  return result
    ? found('GPU', result.output.split('\n')[0])
    : optional('GPU', 'no NVIDIA GPU seen; the CPU computes');
}

function tensorflow(): Finding {
  const name = 'TensorFlow';
  const there = currentSetUp();
  if ('problem' in there) return optional(name, there.problem);
  return found(name, `${there.setUp.version}${there.setUp.gpu ? ' with CUDA' : ''} (${there.folder})`);
}

function found(name: string, text: string): Finding {
  return { name, state: 'ok', text };
}

function optional(name: string, text: string): Finding {
  return { name, state: 'optional', text };
}

function firstThatRuns(programs: string[], args: string[]): { program: string; output: string } | undefined {
  for (const program of programs) {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
    if (status === 0) return { program, output: stdout.trim() };
  }
  return undefined;
}
