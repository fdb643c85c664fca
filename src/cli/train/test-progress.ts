import cliProgress from 'cli-progress';

/** Seconds between two lines where the output is no terminal. */
const LINE_INTERVAL = 10;

export interface TestProgress {
  show(event: { done: number; total: number }): void;
  end(): void;
}

/** Shows how far an evaluation is: a bar in a terminal, elsewhere a line every few seconds. */
export function testProgress(stream: NodeJS.WriteStream): TestProgress {
  if (!stream.isTTY) {
    let written = performance.now();
    return {
      show({ done, total }) {
        const now = performance.now();
        if (now - written < LINE_INTERVAL * 1000) return;
        written = now;
        stream.write(`tested ${done} of ${total} examples\n`);
      },
      end() {},
    };
  }
  const format = '{bar} {percentage}% tested {value} of {total} examples · ETA {eta} s';
  const options = { format, barsize: 20, stream, clearOnComplete: true, gracefulExit: false };
  const bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic);
  return {
    show({ done, total }) {
      if (!bar.isActive) bar.start(total, 0);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
