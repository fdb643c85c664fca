import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Entry {
  session: number;
  line: number;
  source: string;
  /** The result's text, where the cell had one. */
  output?: string;
}

export interface History {
  add(line: number, source: string): void;
  /** Adds the result of this session's cell `line`. */
  addOutput(line: number, output: string): void;
  /** Answers a history_request's content. */
  find(request: Record<string, unknown>): Entry[];
}

/** Entries that are kept when the file is tidied, and how many it may grow to. */
const KEEP = 5000;
const LIMIT = 10_000;
/** Characters of a result that are kept. */
const MAX_OUTPUT = 10_000;

/**
 * The cells that were run, this time and before, in a file that only the user can read: one JSON array
 * `[session, line, source]` a line, and `[session, line, null, output]` after it for a result. A file that cannot be written means a history of this session only.
 */
export function history(path: string): History {
  let entries: Entry[] | undefined;
  let session = 1;

  function load(): Entry[] {
    if (entries) return entries;
    entries = readEntries(path);
    session = entries.reduce((last, entry) => Math.max(last, entry.session), 0) + 1;
    if (entries.length > LIMIT) {
      entries = entries.slice(-KEEP);
      save(() => {
        writeFileSync(`${path}.tmp`, entries!.map(linesOf).join(''), { mode: 0o600 });
        renameSync(`${path}.tmp`, path);
      });
    }
    return entries;
  }

  function append(text: string): void {
    save(() => {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, text, { mode: 0o600 });
      chmodSync(path, 0o600);
    });
  }

  return {
    add(line, source) {
      const known = load();
      const entry = { session, line, source };
      known.push(entry);
      append(lineOf(entry));
    },
    addOutput(line, text) {
      const entry = load().findLast((one) => one.session === session && one.line === line);
      if (!entry) return;
      entry.output = text.slice(0, MAX_OUTPUT);
      append(outputLineOf(entry));
    },
    find(request) {
      const known = load();
      const count = typeof request.n === 'number' && request.n > 0 ? request.n : known.length;
      if (request.hist_access_type === 'tail') return known.slice(-count);
      if (request.hist_access_type === 'search') {
        const pattern = globPattern(typeof request.pattern === 'string' ? request.pattern : '*');
        const found = known.filter(({ source }) => pattern.test(source));
        return (request.unique === true ? lastOfEach(found) : found).slice(-count);
      }
      const wanted = typeof request.session === 'number' ? request.session : 0;
      const of = wanted > 0 ? wanted : session + wanted;
      const start = typeof request.start === 'number' ? request.start : 0;
      const stop = typeof request.stop === 'number' ? request.stop : Number.POSITIVE_INFINITY;
      return known.filter((one) => one.session === of && one.line >= start && one.line < stop);
    },
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

/** `*` stands for any text, `?` for one character; the pattern must match the whole source. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '[^]*').replace(/\?/g, '[^]')}$`);
}

function lastOfEach(entries: Entry[]): Entry[] {
  const last = new Map<string, Entry>();
  for (const entry of entries) {
    last.delete(entry.source);
    last.set(entry.source, entry);
  }
  return [...last.values()];
}
