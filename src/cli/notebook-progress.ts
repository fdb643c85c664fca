import cliProgress from 'cli-progress';
import type { Output } from '../jupyter/output.js';

export type Terminal = NodeJS.WriteStream;

export interface NotebookProgress {
  onCell(event: { index: number; total: number; title: string }): void;
  onOutput(output: Output): void;
  /** Shows that the last cell has ended and leaves the line. */
  end(): void;
  seconds(): number;
}

/** Seconds between two lines of a cell's progress where the output is no terminal. */
const LINE_INTERVAL = 10;

/** Shows how far a notebook is: one bar in a terminal, plain lines elsewhere. */
export function notebookProgress(terminal: Terminal): NotebookProgress {
  return terminal.isTTY ? barProgress(terminal) : lineProgress(terminal);
}

function barProgress(terminal: Terminal): NotebookProgress {
  const started = performance.now();
  const bar = new cliProgress.SingleBar(
    {
      stream: terminal,
      clearOnComplete: true,
      hideCursor: true,
      // The command itself answers Ctrl-C: it stops the cell and writes what there is.
      gracefulExit: false,
      barsize: 16,
      fps: 10,
      format: (options, params, payload) => {
        const done = Math.round(params.progress * (options.barsize ?? 16));
        const drawn = '█'.repeat(done) + '░'.repeat((options.barsize ?? 16) - done);
        const line = `${drawn} ${params.value}/${params.total} cells · ${payload.title}${payload.detail}`;
        // A longer line would wrap, and the next update could not erase it.
        return line.slice(0, Math.max(20, (terminal.columns ?? 80) - 1));
      },
    },
    cliProgress.Presets.shades_classic,
  );
  let shown = false;
  return {
    onCell({ index, total, title }) {
      const payload = { title, detail: '' };
      if (shown) bar.update(index, payload);
      else bar.start(total, index, payload);
      shown = true;
    },
    onOutput(output) {
      const detail = progressText(output);
      if (detail) bar.update({ detail: ` · ${detail}` });
    },
    end() {
      if (shown) bar.stop();
    },
    seconds: () => (performance.now() - started) / 1000,
  };
}

function lineProgress(terminal: Terminal): NotebookProgress {
  const started = performance.now();
  let written = Number.NEGATIVE_INFINITY;
  return {
    onCell({ index, total, title }) {
      terminal.write(`[${index + 1}/${total}] ${title}\n`);
      written = performance.now();
    },
    onOutput(output) {
      const detail = progressText(output);
      if (!detail || performance.now() - written < LINE_INTERVAL * 1000) return;
      written = performance.now();
      terminal.write(`    ${detail}\n`);
    },
    end() {},
    seconds: () => (performance.now() - started) / 1000,
  };
}

/** The line of a display that a cell keeps updating, such as the progress of a training run. */
function progressText(output: Output): string | undefined {
  const updates = output.type === 'display_data' || output.type === 'update_display_data';
  if (!updates || output.transient.display_id === undefined) return undefined;
  const text = output.data['text/plain'];
  return typeof text === 'string' ? text.trim().split('\n').at(-1) : undefined;
}
