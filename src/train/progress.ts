import { withDefaults } from '../options.js';
import { duration, type ProgressStream, type ProgressView, progressView } from './progress-view.js';
import type { StepEvent } from './run.js';

export interface ProgressOptions {
  /** Where text goes outside a notebook. Default the process's error output. */
  stream?: ProgressStream;
  /** Seconds between two lines where the stream is no terminal. Default 10. */
  every?: number;
}

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
  let current: { view: ProgressView; describe: (event: StepEvent) => string } | undefined;
  return async (event) => {
    current ??= { view: progressView(stream, every), describe: describer() };
    const { view, describe } = current;
    if (event.end) current = undefined;
    await view.show(describe(event), event);
  };
}

/** Makes one line of an event; remembers what smoothing and speed need. */
function describer(): (event: StepEvent) => string {
  const started = performance.now();
  let first: StepEvent | undefined;
  let [loss, accuracy, rate, tokens, counted] = [0, 0, 0, 0, 0];
  return (event) => {
    const { step, steps, epoch, epochs, evaluation, end, modelStep } = event;
    const weight = first ? 0.1 : 1;
    first ??= event;
    // The event of an end that was not planned repeats the last step.
    if (step > counted) {
      loss += weight * (event.loss - loss);
      if (event.accuracy !== null) accuracy += weight * (event.accuracy - accuracy);
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
      ...(event.accuracy === null ? [] : [`accuracy ${(100 * accuracy).toFixed(1)} %`]),
      ...(event.rate === null ? [] : [`spikes ${(100 * rate).toFixed(1)} %`]),
    ];
    if (evaluation?.validationAccuracy != null) {
      parts.push(`validation ${(100 * evaluation.validationAccuracy).toFixed(1)} %`);
    } else if (evaluation?.validationR2 != null) {
      parts.push(`validation R² ${evaluation.validationR2.toFixed(3)}`);
    }
    parts.push(`${speed.toPrecision(3)} steps/s`, `${Math.round(tokens / seconds)} tokens/s`);
    parts.push(end ? `${end} after ${duration(seconds)}` : `ETA ${duration((steps - step) / speed)}`);
    // Worth a word where it is not what was shown last.
    if (modelStep !== null && modelStep !== step) parts.push(`model of step ${modelStep}, the best`);
    return parts.join(' · ');
  };
}
