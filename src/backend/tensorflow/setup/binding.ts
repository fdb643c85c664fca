import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Platform } from './platform.js';
import { call, firstThatRuns } from './programs.js';

/** The built module, in the folder of a set-up. */
export const BINDING = 'binding.node';

/** @throws Error  where there is none */
export function findCompiler(): readonly string[] {
  const commands = process.env.CXX ? [[process.env.CXX]] : [['g++'], ['clang++'], ['c++']];
  const found = firstThatRuns(commands, ['--version']);
  if (found) return found.command;
  const sought = commands.map(([name]) => name).join(', ');
  throw new Error(
    `setup tensorflow: no C++ compiler was found (looked for ${sought}), which builds the binding (install g++ or clang++, ` +
      'on Debian `apt install g++`, on macOS `xcode-select --install`)',
  );
}

/** Compiles the package's own sources in `folder` against the libraries and headers there, and tries the result. */
export async function buildBinding(
  compiler: readonly string[],
  folder: string,
  { libraries, link }: Platform,
  signal?: AbortSignal,
): Promise<void> {
  const { include_dir } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
  const sources = join(folder, 'package', 'binding');
  const target = join(folder, BINDING);
  const built = await call(
    compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-DNAPI_VERSION=8'],
      ...[`-I${join(folder, 'tensorflow', 'include')}`, `-I${include_dir}`],
      ...readdirSync(sources)
        .filter((name) => name.endsWith('.cc'))
        .map((name) => join(sources, name)),
      ...libraries.map((name) => join(folder, name)),
      ...link,
      ...['-o', target],
    ],
    { signal },
  );
  if (built.status !== 0) {
    throw new Error(
      `setup tensorflow: ${compiler.join(' ')} could not build the binding: ${firstLines(built.complaint)} (a compiler with C++17 is ` +
        'needed: g++ 7 or clang 5, or later)',
    );
  }
  // In a process of its own: a library that cannot be loaded may end it.
  const tried = await call([process.execPath], ['-p', 'require(process.argv[1]).TF_Version', '--', target], {
    signal,
  });
  if (tried.status !== 0) {
    throw new Error(
      `setup tensorflow: the binding was built but cannot be loaded: ${firstLines(tried.complaint)} (try another --version)`,
    );
  }
}

function firstLines(complaint: string): string {
  const lines = complaint.trim().split('\n');
  const from = lines.findIndex((line) => /error/i.test(line));
  return lines.slice(Math.max(0, from), Math.max(0, from) + 3).join(' ');
}
