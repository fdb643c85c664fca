import { randomUUID } from 'node:crypto';
import cliProgress from 'cli-progress';

/** Where text goes outside a notebook. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** One way to show how far long work is. */
export interface ProgressView {
  /** `end` is set for the last time. */
  show(text: string, event: { step: number; steps: number; end?: unknown }): void | Promise<void>;
}

/** Sends a message of the Jupyter protocol to the notebook's reader; the kernel puts it under this symbol. */
type Broadcast = (
  messageType: 'display_data' | 'update_display_data',
  content: { data: Record<string, unknown>; metadata: object; transient: { display_id: string } },
) => Promise<void>;

/** Milliseconds between two updates of a notebook's display. */
const displayInterval = 100;

/**
 * In a notebook one display updated in place, in a terminal a bar, elsewhere a line every few seconds.
 * @param every  seconds between two lines
 */
export function progressView(stream: ProgressStream, every: number): ProgressView {
  const broadcast = (globalThis as Record<symbol, unknown>)[Symbol.for('Jupyter.broadcast')];
  if (typeof broadcast === 'function') return notebookView(broadcast as Broadcast);
  return stream.isTTY ? terminalView(stream) : lineView(stream, every);
}

function notebookView(broadcast: Broadcast): ProgressView {
  const transient = { display_id: randomUUID() };
  let shown: number | undefined;
  return {
    show: async (text, { step, steps, end }) => {
      const now = performance.now();
      if (shown !== undefined && now - shown < displayInterval && !end) return;
      const html = `<div><progress value="${step}" max="${steps}" style="width: 20em"></progress> ${text}</div>`;
      const data = { 'text/plain': text, 'text/html': html };
      const type = shown === undefined ? 'display_data' : 'update_display_data';
      shown = now;
      await broadcast(type, { data, metadata: {}, transient });
    },
  };
}

function terminalView(stream: ProgressStream): ProgressView {
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage}% {text}',
      barsize: 20,
      stream: stream as NodeJS.WritableStream,
      // Ctrl-C is the caller's.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    show: (text, { step, steps, end }) => {
      if (!started) bar.start(steps, step, { text });
      started = true;
      bar.update(step, { text });
      if (end) bar.stop();
    },
  };
}

function lineView(stream: ProgressStream, every: number): ProgressView {
  let written = performance.now();
  return {
    show: (text, { end }) => {
      const now = performance.now();
      if (now - written < every * 1000 && !end) return;
      written = now;
      stream.write(`${text}\n`);
    },
  };
}

/** `40 s`, `12 min 5 s`, `1 h 40 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
