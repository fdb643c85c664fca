import { AsyncLocalStorage } from 'node:async_hooks';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { BROADCAST, type Broadcast, CELL_SIGNAL } from './broadcast.js';
import type { Sink } from './output.js';

/** The cell a piece of work belongs to. Asynchronous work stays with the cell that began it. */
export interface CellContext {
  sink: Sink;
  /** Aborted when the user stops the cell: it shows nothing more, and its awaits throw. */
  signal: AbortSignal;
  /** The cell's code has asked for the signal, and so is expected to end by itself. */
  signalAsked: boolean;
  /** The cell is over; what is left of it runs in the background. */
  ended: boolean;
}

export interface Capture {
  /** Runs `work`, and whatever it starts, as part of `cell`. */
  run<T>(cell: CellContext, work: () => Promise<T>): Promise<T>;
  /** The cell that the calling code belongs to. */
  current(): CellContext | undefined;
  /** The cell that runs, whoever asks. */
  running(): CellContext | undefined;
  /** To be called when code was killed, perhaps in the middle of an output. */
  recover(): void;
  /** Gives the process its own console and streams back. */
  release(): void;
}

let active = false;

/**
 * Sends everything the process prints, and every broadcast, to the cell that caused it.
 * Output whose cause is unknown (a native callback) goes to the cell that is running; with none running it goes
 * where it would go anyway.
 * @throws Error  when a capture is active already: the console is one for the process
 */
export function captureOutput(): Capture {
  if (active) throw new Error('captureOutput: an engine is already running in this process (close it first)');
  active = true;
  const storage = new AsyncLocalStorage<CellContext>();
  const running: CellContext[] = [];
  let delivering = false;
  const current = (): CellContext | undefined =>
    delivering ? undefined : (storage.getStore() ?? running.at(-1));

  const emit: Sink = (output) => {
    const cell = current();
    if (!cell || cell.signal.aborted) return;
    // The receiver is no part of the cell: what it prints or starts must not come back here as the cell's.
    delivering = true;
    try {
      storage.exit(() => cell.sink(output));
    } finally {
      delivering = false;
    }
  };

  const restore: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    const write = stream.write;
    const decoder = new StringDecoder('utf8');
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      if (!current()) return Reflect.apply(write, stream, [chunk, ...rest]);
      const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
      if (text !== '') emit({ type: 'stream', name, text });
      const done = rest.at(-1);
      if (typeof done === 'function') process.nextTick(done);
      return true;
    }) as typeof stream.write;
    restore.push(() => {
      stream.write = write;
    });
  }

  // A console of our own: the process's may belong to a test runner or have been bound elsewhere.
  const previous = globalThis.console;
  globalThis.console = new Console({
    stdout: through('stdout'),
    stderr: through('stderr'),
    colorMode: false,
  });
  const broadcast: Broadcast = async (type, content) => {
    if (type === 'clear_output') return emit({ type, wait: content.wait ?? false });
    if (type !== 'display_data' && type !== 'update_display_data') {
      throw new TypeError(
        `broadcast: message type must be display_data, update_display_data or clear_output, got ${type}`,
      );
    }
    emit({
      type,
      data: content.data ?? {},
      metadata: content.metadata ?? {},
      transient: content.transient ?? {},
    });
  };
  Reflect.set(globalThis, BROADCAST, broadcast);
  Reflect.set(globalThis, CELL_SIGNAL, () => {
    const cell = current();
    if (cell) cell.signalAsked = true;
    return cell?.signal;
  });

  return {
    run: async (cell, work) => {
      running.push(cell);
      try {
        return await storage.run(cell, work);
      } finally {
        running.splice(running.lastIndexOf(cell), 1);
      }
    },
    current,
    running: () => running.at(-1),
    recover: () => {
      delivering = false;
    },
    release: () => {
      for (const undo of restore) undo();
      globalThis.console = previous;
      Reflect.deleteProperty(globalThis, BROADCAST);
      Reflect.deleteProperty(globalThis, CELL_SIGNAL);
      active = false;
    },
  };
}

function through(name: 'stdout' | 'stderr'): Writable {
  const stream = new Writable({ decodeStrings: false });
  // Replaces the whole queue of a Writable, so that nothing is delayed past the end of the cell.
  stream.write = ((text: string): boolean => process[name].write(text)) as typeof stream.write;
  return stream;
}
