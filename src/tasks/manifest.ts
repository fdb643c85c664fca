import { readFileSync } from 'node:fs';

export interface ManifestFile {
  name: string;
  /** Size and checksum of the unpacked file. */
  bytes: number;
  sha256: string;
}

export interface ManifestEntry {
  title: string;
  source: string;
  licence: string;
  cite: string;
  files: ManifestFile[];
}

/** The data sets this package knows: source, licence, checksums (`data/manifest.json` of the package). */
export function readManifest(): Record<string, ManifestEntry> {
  // Two folders up from src/tasks as from dist/tasks.
  return JSON.parse(readFileSync(new URL('../../data/manifest.json', import.meta.url), 'utf8'));
}
