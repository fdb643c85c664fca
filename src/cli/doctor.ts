import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { BackendChoice } from '../backend/index.js';
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
      const findings = await examine(await thisComputer());
      if (json) console.log(JSON.stringify(findings, undefined, 2));
      else for (const finding of findings) console.log(lineOf(finding));
      if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
    });
}

const MARK: Record<Finding['state'], string> = { ok: '✓', missing: '✗', optional: '–' };

function lineOf({ name, state, text }: Finding): string {
  return `${MARK[state]} ${name.padEnd(11)} ${text}`;
}

/** What the examination asks of the computer. */
export interface Surroundings {
  nodeVersion: string;
  /** @throws Error  where zeromq's binary does not load */
  zeromqVersion(): Promise<string>;
  /** What a program prints, where it runs and ends well. */
  run(program: string, args: string[]): string | undefined;
  /** Places in which the kernelspec may be. */
  kernelFolders: string[];
  /** The user's choice of a C++ compiler. */
  cxx?: string;
  /** What `setup tensorflow` made, or why there is nothing. */
  tensorflow: ReturnType<typeof currentSetUp>;
  /** What `auto` takes. @throws as `useBackend` */
  backend(): BackendChoice;
  /** Why the others cannot work, or true. */
  backends: Record<string, true | string>;
}

/** Looks at everything; `missing` is what cells cannot run without. */
export async function examine(surroundings: Surroundings): Promise<Finding[]> {
  const { run } = surroundings;
  const python = [join('.venv', 'bin', 'python'), 'python3', 'python'].find((one) => run(one, ['--version']));
  return [
    node(surroundings.nodeVersion),
    await zeromq(surroundings.zeromqVersion),
    kernelspec(surroundings.kernelFolders),
    python
      ? found('Python', `${run(python, ['--version'])} (${python})`)
      : optional('Python', 'not found; only JupyterLab needs it (install Python 3.9 or later)'),
    jupyterLab(python && run(python, ['-m', 'jupyterlab', '--version'])),
    compiler([surroundings.cxx ?? 'c++', 'g++', 'clang++'].map((one) => run(one, ['--version']))),
    gpu(run('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader'])),
    tensorflow(surroundings.tensorflow),
    backend(surroundings),
  ];
}

async function thisComputer(): Promise<Surroundings> {
  const { kernelFolder } = await import('../jupyter/kernel/spec.js');
  const { availableBackends, backendChoice } = await import('../backend/index.js');
  return {
    nodeVersion: process.versions.node,
    zeromqVersion: async () => (await import('zeromq')).version,
    run: (program, args) => {
      const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
      return status === 0 ? stdout.trim() : undefined;
    },
    kernelFolders: [kernelFolder({ prefix: '.venv' }), kernelFolder({ user: true })],
    cxx: process.env.CXX || undefined,
    tensorflow: currentSetUp(),
    backend: backendChoice,
    backends: availableBackends(),
  };
}

function node(version: string): Finding {
  const [major, minor] = version.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const name = 'Node.js';
  return good
    ? found(name, version)
    : { name, state: 'missing', text: `${version} is too old (install 20.19 or later)` };
}

async function zeromq(load: () => Promise<string>): Promise<Finding> {
  const name = 'zeromq';
  try {
    return found(name, await load());
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    return { name, state: 'missing', text: `${reason} (npm rebuild zeromq)` };
  }
}

function kernelspec(folders: string[]): Finding {
  const name = 'kernelspec';
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

function jupyterLab(version: string | undefined): Finding {
  const name = 'JupyterLab';
  return version ? found(name, version) : optional(name, 'not installed (npm run lab makes an environment)');
}

function compiler(versions: (string | undefined)[]): Finding {
  const version = versions.find(Boolean);
  return version
    ? found('compiler', version.split('\n')[0])
    : optional('compiler', 'none; plain JavaScript is used instead (install g++ or clang++)');
}

function gpu(names: string | undefined): Finding {
  return names
    ? found('GPU', names.split('\n')[0])
    : optional('GPU', 'no NVIDIA GPU seen; the CPU computes (for one, install its driver)');
}

function tensorflow(there: Surroundings['tensorflow']): Finding {
  const name = 'TensorFlow';
  if ('problem' in there) return optional(name, there.problem);
  return found(name, `${there.setUp.version}${there.setUp.gpu ? ' with CUDA' : ''} (${there.folder})`);
}

function backend({ backend: choose, backends }: Surroundings): Finding {
  const name = 'backend';
  try {
    const { name: taken, reason } = choose();
    const others = Object.entries(backends).filter(([other]) => other !== taken);
    const why = others.map(([other, state]) => `${other}: ${state === true ? 'works too' : state}`);
    return found(name, `auto takes ${taken}: ${reason}; ${why.join('; ')}`);
  } catch (error) {
    return { name, state: 'missing', text: (error as Error).message };
  }
}

function found(name: string, text: string): Finding {
  return { name, state: 'ok', text };
}

function optional(name: string, text: string): Finding {
  return { name, state: 'optional', text };
}
