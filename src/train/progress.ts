import { randomUUID } from 'node:crypto';
import cliProgress from 'cli-progress';
import { withDefaults } from '../options.js';
import type { StepEvent } from './run.js';

export interface ProgressOptions {
  /** Where text goes outside a notebook. Default the process's error output. */
  stream?: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Seconds between two lines where the stream is no terminal. Default 10. */
  every?: number;
}

/** One way to show a run. */
interface View {
  /** `event.end` is set for the last time. */
  show(text: string, event: StepEvent): void | Promise<void>;
}

/** Sends a message of the Jupyter protocol to the notebook's reader; the kernel puts it under this symbol. */
type Broadcast = (
  messageType: 'display_data' | 'update_display_data',
  content: { data: Record<string, unknown>; metadata: object; transient: { display_id: string } },
) => Promise<void>;

/** Milliseconds between two updates of a notebook's display. */
const displayInterval = 100;

/**
 * An `onStep` hook that shows how a run is going: in a notebook as one display updated in place, in a terminal as
 * a bar, elsewhere (a pipe, a log file) as a line every few seconds. Loss, accuracy and spiking rate are smoothed over
 * about ten steps. Ends with the run, however it ends, and may then serve another one.
 */
export function progress(options: ProgressOptions = {}): (event: StepEvent) => Promise<void> {
  const { stream, every } = withDefaults<Required<ProgressOptions>>('progress', options, {
    stream: process.stderr,
    every: 10,
  });
  let current: { view: View; describe: (event: StepEvent) => string } | undefined;
  return async (event) => {
    current ??= { view: chooseView(stream, every), describe: describer() };
    const { view, describe } = current;
    if (event.end) current = undefined;
    await view.show(describe(event), event);
  };
}

function chooseView(stream: Required<ProgressOptions>['stream'], every: number): View {
  const broadcast = (globalThis as Record<symbol, unknown>)[Symbol.for('Jupyter.broadcast')];
  if (typeof broadcast === 'function') return notebookView(broadcast as Broadcast);
  return stream.isTTY ? terminalView(stream) : lineView(stream, every);
}

function notebookView(broadcast: Broadcast): View {
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

function terminalView(stream: Required<ProgressOptions>['stream']): View {
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

function lineView(stream: Required<ProgressOptions>['stream'], every: number): View {
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

/** Makes one line of an event; remembers what smoothing and speed need. */
function describer(): (event: StepEvent) => string {
  const started = performance.now();
  let first: StepEvent | undefined;
  let [loss, accuracy, rate, tokens, counted] = [0, 0, 0, 0, 0];
  return (event) => {
    const { step, steps, epoch, epochs, evaluation, end } = event;
    const weight = first ? 0.1 : 1;
    first ??= event;
    // The event of an end that was not planned repeats the last step.
    if (step > counted) {
      loss += weight * (event.loss - loss);
      accuracy += weight * (event.accuracy - accuracy);
      rate += weight * ((event.rate ?? 0) - rate);
      tokens += event.tokens;
      counted = step;
    }
    const seconds = (performance.now() - started + first.milliseconds) / 1000;
    const speed = (step - first.step + 1) / seconds;
    const parts = [
      `step ${step}/${steps}`,
      `epoch ${epoch}/${epochs}`,
      `loss ${loss.toFixed(4)}`,
      `accuracy ${(100 * accuracy).toFixed(1)} %`,
      ...(event.rate === null ? [] : [`spikes ${(100 * rate).toFixed(1)} %`]),
    ];
    if (evaluation?.validationAccuracy != null) {
      parts.push(`validation ${(100 * evaluation.validationAccuracy).toFixed(1)} %`);
    }
    parts.push(`${speed.toPrecision(3)} steps/s`, `${Math.round(tokens / seconds)} tokens/s`);
    parts.push(end ? `${end} after ${duration(seconds)}` : `ETA ${duration((steps - step) / speed)}`);
    return parts.join(' · ');
  };
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
