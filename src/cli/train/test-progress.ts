import { duration, progressView } from '../../train/progress-view.js';

/** Seconds between two lines where the output is no terminal. */
const LINE_INTERVAL = 10;

export interface TestProgress {
  show(event: { done: number; total: number }): void;
  /** However the evaluation ended. */
  end(): void;
}

/** Shows on the error output how far an evaluation is. */
export function testProgress(): TestProgress {
  const view = progressView(process.stderr, LINE_INTERVAL);
  const started = performance.now();
  let last: { done: number; total: number } | undefined;
  const draw = ({ done, total }: { done: number; total: number }, end: boolean): void => {
    const left = ((performance.now() - started) / 1000 / done) * (total - done);
    const text = `tested ${done} of ${total} examples · ETA ${duration(left)}`;
    void view.show(text, { step: done, steps: total, end });
  };
  return {
    show: (event) => {
      last = event;
      draw(event, false);
    },
    end: () => last && draw(last, true),
  };
}
