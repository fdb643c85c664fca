import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Entry {
  session: number;
  line: number;
  source: string;
  /** The result's text, where the cell had one. */
  output?: string;
}

/** Milliseconds after which an entry is written: no cell is to wait for the disk. */
const DELAY = 20;

export interface HistoryFile {
  read(): Entry[];
  /** Replaces what the file holds. */
  write(entries: Entry[]): void;
  /** Adds an entry, before long. */
  add(entry: Entry): void;
  /** Adds the output of an entry that is in the file. */
  addOutput(entry: Entry): void;
  /** Writes now what is still to be added. */
  flush(): void;
}

/**
 * A file that only the user can read: one JSON array `[session, line, source]` a line, and
 * `[session, line, null, output]` after it for a result. One that cannot be written holds nothing.
 */
export function historyFile(path: string): HistoryFile {
  let unsaved = '';
  let timer: NodeJS.Timeout | undefined;

  function append(text: string): void {
    unsaved += text;
    timer ??= setTimeout(flush, DELAY);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = unsaved;
    unsaved = '';
    if (text === '') return;
    save(() => {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, text, { mode: 0o600 });
      chmodSync(path, 0o600);
    });
  }

  return {
    read: () => readEntries(path),
    write: (entries) =>
      save(() => {
        writeFileSync(`${path}.tmp`, entries.map(linesOf).join(''), { mode: 0o600 });
        renameSync(`${path}.tmp`, path);
      }),
    add: (entry) => append(lineOf(entry)),
    addOutput: (entry) => append(outputLineOf(entry)),
    flush,
  };
}

function readEntries(path: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const entries: Entry[] = [];
  for (const line of text.split('\n')) {
    try {
      const [session, number, source, output] = JSON.parse(line) as unknown[];
      if (typeof session !== 'number' || typeof number !== 'number') continue;
      if (typeof source === 'string') entries.push({ session, line: number, source });
      else if (typeof output === 'string') {
        const entry = entries.findLast((one) => one.session === session && one.line === number);
        if (entry) entry.output = output;
      }
    } catch {
      // The last line of a kernel that was killed.
    }
  }
  return entries;
}

function lineOf({ session, line, source }: Entry): string {
  return `${JSON.stringify([session, line, source])}\n`;
}

function outputLineOf({ session, line, output }: Entry): string {
  return `${JSON.stringify([session, line, null, output])}\n`;
}

function linesOf(entry: Entry): string {
  return lineOf(entry) + (entry.output === undefined ? '' : outputLineOf(entry));
}

function save(work: () => void): void {
  try {
    work();
  } catch {
    // A full disk or a read-only home must not stop the cells.
  }
}
