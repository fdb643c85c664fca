import { readFileSync } from 'node:fs';
import { isInside } from '../files/archive.js';

/** How an archive is opened: `tar` gzipped or not, `gzip` is one packed file, `none` is used as it is. */
export type Unpack = 'tar' | 'zip' | 'gzip' | 'none';

/** One file to download. */
export interface ManifestArchive {
  /** Its name in the download folder. */
  file: string;
  /** Where to get it, tried in order; none where a person has to fetch it from the source's page. */
  urls: string[];
  /** null where it is not known; the first download then records it for this machine. */
  bytes: number | null;
  sha256: string | null;
  /** Who published the checksum. */
  sha256Source: string | null;
  unpack: Unpack;
  /** Take only what lies under this folder of the archive, without the folder's own name. */
  take?: string;
}

/** One file that must be there when the set is complete. */
export interface ManifestFile {
  name: string;
  /** Other names it goes by in a folder of the user's. */
  aliases?: string[];
  /** Size and checksum of the unpacked file; null where they are not known. */
  bytes: number | null;
  sha256: string | null;
}

export interface ManifestEntry {
  title: string;
  source: string;
  licence: string;
  cite: string;
  note?: string;
  archives: ManifestArchive[];
  /** All of the set's files, or of many those by which it is known. */
  files: ManifestFile[];
}

export type Manifest = Record<string, ManifestEntry>;

/** The data sets this package knows: source, licence, checksums (`data/manifest.json` of the package). */
export function readManifest(): Manifest {
  // Two folders up from src/data as from dist/data.
  const path = new URL('../../data/manifest.json', import.meta.url);
  return parseManifest(readFileSync(path, 'utf8'), 'data/manifest.json');
}

/**
 * @param name  stands for the file in messages
 * @throws RangeError  `readManifest: NAME: cifar10.archives[0].bytes must be a whole number or null, got "1"`
 */
export function parseManifest(text: string, name: string): Manifest {
  const fail = (what: string) => new RangeError(`readManifest: ${name}: ${what}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`not valid JSON (${(error as Error).message})`);
  }
  check(
    json,
    (v) => isObject(v) && Object.keys(v as object).every(isSetName),
    'the manifest',
    'an object by set name',
  );
  for (const [set, entry] of Object.entries(json as Manifest)) checkEntry(entry, set);
  return json as Manifest;

  function checkEntry(entry: ManifestEntry, set: string): void {
    check(entry, isObject, set, 'an object');
    for (const key of ['title', 'source', 'licence', 'cite'] as const) {
      check(entry[key], isText, `${set}.${key}`, 'text');
    }
    check(entry.note, optional(isText), `${set}.note`, 'text');
    check(entry.archives, Array.isArray, `${set}.archives`, 'a list');
    check(entry.files, (v) => Array.isArray(v) && v.length > 0, `${set}.files`, 'a list, not empty');
    entry.archives.forEach((archive, i) => {
      checkArchive(archive, `${set}.archives[${i}]`);
    });
    entry.files.forEach((file, i) => {
      const at = `${set}.files[${i}]`;
      check(file, isObject, at, 'an object');
      check(file.name, isPath, `${at}.name`, 'a path inside the set');
      check(file.aliases, optional(listOf(isPath)), `${at}.aliases`, 'a list of paths inside the set');
      checkContent(file, at);
    });
  }

  function checkArchive(archive: ManifestArchive, at: string): void {
    check(archive, isObject, at, 'an object');
    check(archive.file, (v) => isPath(v) && !v.includes('/'), `${at}.file`, 'a file name');
    check(archive.urls, listOf(isUrl), `${at}.urls`, 'a list of http or https addresses');
    check(archive.unpack, (v) => kinds.includes(v as Unpack), `${at}.unpack`, `one of ${kinds.join(', ')}`);
    check(archive.take, optional(isPath), `${at}.take`, 'a path inside the archive');
    check(archive.sha256Source, orNull(isText), `${at}.sha256Source`, 'text or null');
    checkContent(archive, at);
  }

  function checkContent({ bytes, sha256 }: { bytes: unknown; sha256: unknown }, at: string): void {
    check(bytes, orNull(isCount), `${at}.bytes`, 'a whole number or null');
    check(sha256, orNull(isSha256), `${at}.sha256`, '64 hexadecimal digits or null');
  }

  function check(value: unknown, holds: (value: unknown) => boolean, at: string, expected: string): void {
    if (!holds(value)) throw fail(`${at} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 100)}`);
  }
}

const kinds: readonly Unpack[] = ['tar', 'zip', 'gzip', 'none'];

type Rule = (value: unknown) => boolean;
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value);
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null || rule(value);
const listOf =
  (rule: Rule): Rule =>
  (value) =>
    Array.isArray(value) && value.every(rule);
const isObject: Rule = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isCount: Rule = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isSha256: Rule = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isUrl: Rule = (value) =>
  isText(value) && /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : '');
const isSetName = (name: string): boolean => /^[a-z0-9][a-z0-9-]*$/.test(name);
const isPath = (value: unknown): value is string => isText(value) && isInside(value);
