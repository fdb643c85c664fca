import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../temporary.js';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Python with jupyter_kernel_test, nbconvert, papermill and JupyterLab; `.ci/run` makes one and names it in
 * JUPYTER_PYTHON. Without, the tests that need it are skipped.
 */
export const python: string | undefined = process.env.JUPYTER_PYTHON || undefined;

if (!python) console.warn("JUPYTER_PYTHON is not set: tests with Jupyter's own programs are skipped");

/** Where a browser is, for the tests in JupyterLab. */
export const chromium: string | undefined = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  existsSync,
);

/** An environment in which Jupyter finds this package's kernel, and keeps everything in a folder of the test's. */
export function jupyterEnvironment(): NodeJS.ProcessEnv {
  const folder = temporaryFolder('jupyter');
  const main = join(root, 'dist', 'cli', 'main.js');
  spawnSync(process.execPath, [main, 'kernel', 'install', '--prefix', join(folder, 'prefix')]);
  const env = {
    ...process.env,
    JUPYTER_PATH: join(folder, 'prefix', 'share', 'jupyter'),
    JUPYTER_DATA_DIR: join(folder, 'data'),
    JUPYTER_CONFIG_DIR: join(folder, 'config'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    IPYTHONDIR: join(folder, 'ipython'),
  };
  for (const name of ['data', 'config', 'runtime']) mkdirSync(join(folder, name));
  return env;
}

/** Copies a notebook of the fixtures, and the module that it imports, to a folder inside the package. */
export function copyFixture(name: string, folder: string): string {
  const to = join(folder, `${name}.ipynb`);
  cpSync(join(import.meta.dirname, '..', 'fixtures', `${name}.ipynb`), to);
  cpSync(join(import.meta.dirname, '..', 'fixtures', 'helper.ts'), join(folder, 'helper.ts'));
  return to;
}

export function runPython(
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string = root,
): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(python!, args, {
    env,
    cwd,
    encoding: 'utf8',
    timeout: 280_000,
  });
  return { status, text: `${stdout}\n${stderr}` };
}
