import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { tarEntries } from '../../../files/tar.js';
import { call } from './programs.js';

/** The package that has the JavaScript of the backend and the sources of its binding. */
export interface TfjsNode {
  name: string;
  version: string;
  integrity: string;
}

/** Its own install script would fetch a library of 2022; it is never run, only its files are used. */
export const TFJS_NODE: TfjsNode = {
  name: '@tensorflow/tfjs-node',
  version: '4.22.0',
  integrity:
    'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
};

/** The compiled JavaScript, and the sources of the binding. */
const WANTED = /^package\/(dist\/.*\.js|binding\/.*|LICENSE|package\.json)$/;

/**
 * Unpacks the package's compiled JavaScript and binding sources into `folder`/package.
 * @param downloads  a folder for the archive, without another one in it
 * @throws Error  where npm cannot get it, or gets another
 */
export async function fetchTfjsNode(
  { name, version, integrity }: TfjsNode,
  downloads: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const remedy = "check the network and npm's settings, then run the command again";
  const words = [
    'pack',
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    downloads,
    `${name}@${version}`,
  ];
  const { status, complaint } = await call([npm], words, { signal });
  const archive = readdirSync(downloads).find((file) => file.endsWith('.tgz'));
  if (status !== 0 || !archive) {
    const why = complaint.trim().split('\n')[0] || `exit ${status}`;
    throw new Error(`setup tensorflow: npm could not get ${name}@${version}: ${why} (${remedy})`);
  }
  const file = join(downloads, archive);
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== integrity) {
    throw new Error(
      `setup tensorflow: ${name}@${version} is not the package it should be: expected ${integrity}, got ${found} (${remedy})`,
    );
  }
  for await (const entry of tarEntries(createReadStream(file).pipe(createGunzip()), archive)) {
    if (!WANTED.test(entry.path)) continue;
    const target = join(folder, entry.path);
    mkdirSync(dirname(target), { recursive: true });
    await pipeline(await entry.open(), createWriteStream(target), { signal });
  }
}
