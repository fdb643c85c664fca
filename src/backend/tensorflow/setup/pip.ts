import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { call, firstThatRuns } from './programs.js';

/** Wheels are only unpacked, so which Python they are for does not matter; TensorFlow has one for this. */
const PYTHON = '3.11';

/** The user's own pip. @throws Error  where there is none */
export function findPip(): readonly string[] {
  const commands = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];
  const found = firstThatRuns(commands, ['--version']);
  if (!found) {
    throw new Error(
      'setup tensorflow: pip was not found, which gets the wheel (install Python 3 with pip, or get a tensorflow wheel ' +
        'elsewhere and pass it with --from)',
    );
  }
  return found.command;
}

/**
 * Downloads one wheel without what it depends on; index, proxy, certificates and checksums are pip's business.
 * @param requirement  such as `tensorflow-cpu==2.21.0`
 * @param tags         the platforms to take a wheel for
 * @returns            its path in `folder`
 */
export async function downloadWheel(
  pip: readonly string[],
  requirement: string,
  tags: readonly string[],
  folder: string,
  signal?: AbortSignal,
): Promise<string> {
  const before = new Set(readdirSync(folder));
  const { status, complaint } = await call(
    pip,
    [
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--disable-pip-version-check',
      '--python-version',
      PYTHON,
      ...tags.flatMap((tag) => ['--platform', tag]),
      '--dest',
      folder,
      requirement,
    ],
    { show: true, signal },
  );
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl') && !before.has(name));
  if (status === 0 && wheel) return join(folder, wheel);
  if (status === null) {
    throw new Error(
      `setup tensorflow: the download of ${requirement} was interrupted (run the command again)`,
    );
  }
  const lines = complaint.trim().split('\n');
  const why = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
  throw new Error(
    `setup tensorflow: pip could not get ${requirement}: ${why.trim()} (check the version, the network and pip's settings, ` +
      'or get the wheel elsewhere and pass it with --from)',
  );
}
