import type { Command } from 'commander';
import { checkDataset, isComplete } from '../data/check.js';
import { getDataset } from '../data/get.js';
import { firstFile, namesOf, setFolders } from '../data/locate.js';
import { type ManifestEntry, readManifest } from '../data/manifest.js';
import { dataProgress, size } from './data-progress.js';
import { requests } from './signals.js';

/** Adds `spikingssm data list | get | check`. */
export function addData(program: Command): void {
  const data = program.command('data').description('The data sets of the paper: list, download, verify');
  data
    .command('list')
    .description('Every data set with its size and licence, and whether it is here')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  spikingssm data list --json')
    .action(({ json }: { json?: boolean }) => {
      const sets = Object.entries(readManifest()).map(([set, entry]) => summary(set, entry));
      if (json) return console.log(JSON.stringify(sets, null, 2));
      const wide = Math.max(...sets.map(({ set }) => set.length));
      for (const { set, title, licence, note, state, bytes } of sets) {
        const download = bytes === null ? 'size unknown' : size(bytes);
        const lines = [`${download}; ${licence}`, ...(note ? [note] : [])];
        console.log(`${set.padEnd(wide)}  ${state.padEnd(8)}  ${title}`);
        for (const line of lines) console.log(`${' '.repeat(wide + 12)}${line}`);
      }
    });
  data
    .command('get')
    .description('Download, verify and unpack data sets; goes on where an earlier try was cut off')
    .argument('<set...>', 'names from "spikingssm data list"')
    .option('--force', 'unpack anew what is complete already')
    .option('--discard', 'remove the archives once they are unpacked')
    .addHelpText('after', '\nExample:\n  spikingssm data get imdb cifar10')
    .action(get);
  data
    .command('check')
    .description('Compare the files of data sets with their published sizes and checksums')
    .argument('[set...]', 'names from "spikingssm data list" (default: those that are here)')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  spikingssm data check mnist')
    .action(check);
}

async function get(sets: string[], options: { force?: boolean; discard?: boolean }): Promise<void> {
  const { signal } = requests(
    ['SIGINT'],
    () => new Error('stopped; "spikingssm data get" goes on from here'),
  );
  for (const set of sets) {
    const progress = dataProgress(process.stderr);
    try {
      const { folder, present } = await getDataset(set, {
        ...options,
        signal,
        onEvent: progress.show,
      });
      progress.end();
      console.log(`${set}: ${present ? 'here already' : 'complete'}, ${folder}`);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      progress.end();
    }
  }
}

async function check(sets: string[], { json }: { json?: boolean }): Promise<void> {
  const manifest = readManifest();
  const here = Object.keys(manifest).filter((set) => summary(set, manifest[set]).state !== 'absent');
  const results = [];
  for (const set of sets.length > 0 ? sets : here) results.push({ set, files: await checkDataset(set) });
  if (json) console.log(JSON.stringify(results, null, 2));
  else if (results.length === 0) console.log('No data set is here ("spikingssm data list" names them)');
  else {
    for (const { set, files } of results) {
      const lines = files.map(({ name, path, state, detail }) => {
        const why = state === 'unchecked' ? 'no checksum is published' : detail;
        return `${set}  ${state.padEnd(9)}  ${path ?? name}${why ? ` (${why})` : ''}`;
      });
      // One file of a person's own may stand for several of the original.
      for (const line of new Set(lines)) console.log(line);
    }
  }
  if (!results.every(({ files }) => isComplete(files))) process.exitCode = 1;
}

interface Summary {
  set: string;
  title: string;
  source: string;
  licence: string;
  note: string | null;
  /** Of the download; null where it is not known. */
  bytes: number | null;
  state: 'here' | 'partly' | 'absent';
}

function summary(set: string, { title, source, licence, note, archives, files }: ManifestEntry): Summary {
  const folders = setFolders(set);
  const found = files.filter((file) => firstFile(folders, namesOf(file)) !== undefined).length;
  const sizes = archives.map(({ bytes }) => bytes);
  const bytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, n) => sum + (n ?? 0), 0);
  return {
    set,
    title,
    source,
    licence,
    note: note ?? null,
    bytes,
    state: found === files.length ? 'here' : found > 0 ? 'partly' : 'absent',
  };
}
