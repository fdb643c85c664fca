import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import { writeWhole } from '../../files/write-whole.js';
import { jupyterDataFolder } from './data-folder.js';

/** Where a kernelspec goes: one of the three, `user` when none is given. */
export interface KernelPlace {
  user?: boolean;
  prefix?: string;
  sysPrefix?: boolean;
}

export const KERNEL_NAME = 'typescript';

const PACKAGE: string = resolve(import.meta.dirname, '..', '..', '..');

/**
 * Writes the kernelspec: kernel.json and the logos; and, for `nbconvert --to html --template typescript`, a template
 * that draws plotly figures. Where the place lies inside the package's own folder the spec
 * names the package by a relative path, so that the two can be moved together.
 * @returns the folder
 * @throws TypeError, Error  for more than one place, or one that cannot be written
 */
export function installKernel(place: KernelPlace): string {
  const folder = kernelFolder(place);
  mkdirSync(folder, { recursive: true });
  for (const logo of ['logo-svg.svg', 'logo-32x32.png', 'logo-64x64.png']) {
    cpSync(join(PACKAGE, 'src', 'jupyter', 'kernel', 'logo', logo), join(folder, logo));
  }
  writeWhole(join(folder, 'kernel.json'), [`${JSON.stringify(kernelSpec(folder), undefined, 2)}\n`]);
  const template = templateFolder(folder);
  cpSync(join(PACKAGE, 'src', 'jupyter', 'kernel', 'template'), template, { recursive: true });
  const plotly = createRequire(import.meta.url).resolve('plotly.js-dist-min/plotly.min.js');
  cpSync(plotly, join(template, 'static', 'plotly.min.js'));
  return folder;
}

/** @returns the removed folder, or undefined where there was none */
export function uninstallKernel(place: KernelPlace): string | undefined {
  const folder = kernelFolder(place);
  if (!existsSync(folder)) return undefined;
  rmSync(folder, { recursive: true });
  rmSync(templateFolder(folder), { recursive: true, force: true });
  return folder;
}

/** Folder of the kernelspec in a place. */
export function kernelFolder({ user, prefix, sysPrefix }: KernelPlace): string {
  const given = [user, prefix, sysPrefix].filter((value) => value !== undefined && value !== false);
  if (given.length > 1) {
    throw new TypeError(
      'kernel: give one of --user, --prefix and --sys-prefix, got more (leave out the others)',
    );
  }
  const base = sysPrefix ? pythonPrefix() : prefix;
  const data = base === undefined ? jupyterDataFolder() : join(resolve(base), 'share', 'jupyter');
  return join(data, 'kernels', KERNEL_NAME);
}

/** Of the nbconvert template that draws plotly figures, beside a kernelspec. */
function templateFolder(kernel: string): string {
  return join(kernel, '..', '..', 'nbconvert', 'templates', KERNEL_NAME);
}

function kernelSpec(folder: string): object {
  const launcher = join(PACKAGE, 'dist', 'cli', 'main.js');
  const together = folder.startsWith(PACKAGE + sep);
  // Programs that are started from a desktop often have no `node` on their PATH.
  const command = together
    ? ['node', `{resource_dir}/${relative(folder, launcher).split(sep).join('/')}`]
    : [process.execPath, launcher];
  return {
    argv: [...command, 'kernel', 'start', '--connection-file', '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
    // The signal of the other mode reaches a kernel on Windows, or in a container, by luck.
    interrupt_mode: 'message',
    metadata: { debugger: false },
  };
}

function pythonPrefix(): string {
  const program = process.platform === 'win32' ? 'python' : 'python3';
  const { stdout, status } = spawnSync(program, ['-c', 'import sys; print(sys.prefix)'], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(
      `kernel: ${program} does not run, so --sys-prefix means nothing here (use --user or --prefix)`,
    );
  }
  return stdout.trim();
}
