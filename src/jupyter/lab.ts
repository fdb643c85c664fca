import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installKernel } from './kernel/spec.js';

/** What `lab` installs. */
const REQUIREMENT = 'jupyterlab==4.6.*';
/** Of this package only the folder that lets JupyterLab draw plotly figures is kept. */
const PLOTLY = 'plotly==6.*';
const EXTENSION: string = join('share', 'jupyter', 'labextensions', 'jupyterlab-plotly');

const WINDOWS: boolean = process.platform === 'win32';

export interface LabOptions {
  /** Folder that gets, or has, the Python environment `.venv`. */
  folder: string;
  /** Further arguments for `jupyter lab`. */
  args?: string[];
  /** Told what takes long. */
  onStep?: (text: string) => void;
}

/**
 * Opens JupyterLab on the folder's notebooks; the first time, makes a Python environment for it in `.venv`.
 * @returns JupyterLab's exit code
 * @throws Error  that says what could not be installed, and what to do
 */
export async function openLab({ folder, args = [], onStep }: LabOptions): Promise<number> {
  const environment = prepareLab(folder, onStep);
  const notebooks = join(folder, 'notebooks');
  const root = existsSync(notebooks) ? notebooks : folder;
  const lab = spawn(pythonOf(environment), ['-m', 'jupyterlab', `--ServerApp.root_dir=${root}`, ...args], {
    stdio: 'inherit',
  });
  // JupyterLab answers Ctrl-C itself, with a question.
  const leave = (): void => {};
  process.on('SIGINT', leave);
  return new Promise((resolve, reject) => {
    lab.on('error', reject);
    lab.on('exit', (code) => {
      process.off('SIGINT', leave);
      resolve(code ?? 1);
    });
  });
}

/** Makes the environment, or completes it, and installs the kernel there. @returns its folder */
export function prepareLab(folder: string, onStep: (text: string) => void = () => {}): string {
  const environment = join(folder, '.venv');
  const stamp = join(environment, '.spikingssm-lab');
  const wanted = `${REQUIREMENT} ${PLOTLY}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    onStep(`Making a Python environment in ${environment} …`);
    const program = WINDOWS ? 'python' : 'python3';
    run(program, ['-m', 'venv', environment], 'install Python 3.9 or later with its venv module');
    // JupyterLab has scripts in CommonJS, which a package.json further up may declare to be something else.
    writeFileSync(join(environment, 'package.json'), '{}\n');
    onStep('Installing JupyterLab …');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const advice = 'see the message above; pip needs its package index';
    run(pythonOf(environment), [...pip, REQUIREMENT], advice);
    const temporary = mkdtempSync(join(tmpdir(), 'plotly-'));
    try {
      run(pythonOf(environment), [...pip, '--no-deps', '--target', temporary, PLOTLY], advice);
      cpSync(join(temporary, EXTENSION), join(environment, EXTENSION), { recursive: true });
    } finally {
      rmSync(temporary, { recursive: true });
    }
    writeFileSync(stamp, wanted);
  }
  installKernel({ prefix: environment });
  return environment;
}

/** The Python program of an environment. */
export function pythonOf(environment: string): string {
  return WINDOWS ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}

function run(program: string, args: string[], advice: string): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error || status !== 0) {
    throw new Error(
      `lab: ${program} ${args.join(' ')} failed${error ? `: ${error.message}` : ''} (${advice})`,
    );
  }
}
