import { type Entry, historyFile } from './history-file.js';

export interface History {
  add(line: number, source: string): void;
  /** Adds the result of this session's cell `line`. */
  addOutput(line: number, output: string): void;
  /** Answers a history_request's content. */
  answer(request: Record<string, unknown>): Record<string, unknown>;
  /** Writes what is not yet in the file. */
  flush(): void;
}

/** Entries that are kept when the file is tidied, and how many it may grow to. */
const KEEP = 5000;
const LIMIT = 10_000;
/** Characters of a result that are kept. */
const MAX_OUTPUT = 10_000;

/** The cells that were run, this time and before. @param path  of the file that keeps them */
export function history(path: string): History {
  const file = historyFile(path);
  let entries: Entry[] | undefined;
  let session = 1;

  function load(): Entry[] {
    if (entries) return entries;
    entries = file.read();
    session = entries.reduce((last, entry) => Math.max(last, entry.session), 0) + 1;
    if (entries.length > LIMIT) {
      entries = entries.slice(-KEEP);
      file.write(entries);
    }
    return entries;
  }

  function find(request: Record<string, unknown>): Entry[] {
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
  }

  return {
    add(line, source) {
      const known = load();
      const entry = { session, line, source };
      known.push(entry);
      file.add(entry);
    },
    addOutput(line, text) {
      const entry = load().findLast((one) => one.session === session && one.line === line);
      if (!entry) return;
      entry.output = text.slice(0, MAX_OUTPUT);
      file.addOutput(entry);
    },
    answer(request) {
      const of = ({ session, line, source, output }: Entry): unknown[] => [
        session,
        line,
        request.output === true ? [source, output ?? null] : source,
      ];
      return { status: 'ok', history: find(request).map(of) };
    },
    flush: file.flush,
  };
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
