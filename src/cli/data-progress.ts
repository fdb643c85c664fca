import cliProgress from 'cli-progress';
import type { GetEvent } from '../data/get.js';

/** Seconds between two lines where the output is no terminal. */
const lineInterval = 10;

/** Shows a data set on its way: a bar in a terminal, elsewhere a line every few seconds and at each change. */
export function dataProgress(stream: NodeJS.WriteStream): { show(event: GetEvent): void; end(): void } {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream);
}

function barProgress(stream: NodeJS.WriteStream): { show(event: GetEvent): void; end(): void } {
  const options = { format: '{bar} {text}', barsize: 20, stream, clearOnComplete: true, hideCursor: true };
  const bar = new cliProgress.SingleBar(
    { ...options, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
  const describe = describer();
  let started = false;
  return {
    show(event) {
      const [done, total] =
        event.kind === 'download' ? [event.received, event.total ?? event.received] : [1, 1];
      const text = describe(event).slice(0, Math.max(20, (stream.columns ?? 80) - 24));
      if (!started) bar.start(total, done, { text });
      started = true;
      bar.setTotal(total);
      bar.update(done, { text });
    },
    end: () => bar.stop(),
  };
}

function lineProgress(stream: NodeJS.WriteStream): { show(event: GetEvent): void; end(): void } {
  const describe = describer();
  let [last, written] = ['', Number.NEGATIVE_INFINITY];
  return {
    show(event) {
      const text = describe(event);
      const state = `${event.kind} ${event.file} ${event.kind === 'download' ? event.retry : ''}`;
      const now = performance.now();
      if (state === last && now - written < lineInterval * 1000) return;
      [last, written] = [state, now];
      stream.write(`${text}\n`);
    },
    end() {},
  };
}

/** Makes one line of an event; remembers when a file began, for its speed. */
function describer(): (event: GetEvent) => string {
  let [file, started, before] = ['', 0, 0];
  return (event) => {
    if (event.kind === 'check') return `${event.file} · checksum`;
    if (event.kind === 'unpack') return `${event.file} · ${event.files} files unpacked`;
    const { received, total, retry } = event;
    if (event.file !== file) [file, started, before] = [event.file, performance.now(), received];
    if (retry !== null) return `${file} · trying again: ${retry}`;
    const parts = [file, total === null ? size(received) : `${size(received)} of ${size(total)}`];
    const seconds = (performance.now() - started) / 1000;
    const speed = (received - before) / seconds;
    if (received > before && seconds > 0) {
      parts.push(`${size(speed)}/s`);
      if (total !== null) parts.push(`ETA ${Math.ceil((total - received) / speed)} s`);
    }
    return parts.join(' · ');
  };
}

/** Bytes in decimal units. */
export function size(bytes: number): string {
  const step = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${['B', 'kB', 'MB', 'GB'][step]}`;
}
