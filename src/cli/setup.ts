import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import type { SetupOptions } from '../backend/tensorflow/setup/index.js';

interface Flags extends Pick<SetupOptions, 'gpu' | 'from' | 'version'> {
  remove?: boolean;
}

/** Adds `spikingssm setup tensorflow`. */
export function addSetup(program: Command): void {
  const setup = program
    .command('setup')
    .description('Get what an optional backend needs')
    .enablePositionalOptions();
  setup
    .command('tensorflow')
    .description(
      'Libraries of a current TensorFlow for the backend tensorflow: the wheel by your own pip, without Python packages; ' +
        'kept in the cache of the user, shared by all clones',
    )
    .option('--gpu', "with CUDA and NVIDIA's libraries, for Linux x64")
    .option('--from <wheel>', 'a tensorflow wheel (.whl) you already have')
    .option('--version <number>', 'of TensorFlow (default: 2.21.0, the one that was tried)')
    .option('--remove', 'remove every version that was set up')
    .addHelpText(
      'after',
      '\nExamples:\n  spikingssm setup tensorflow\n  spikingssm setup tensorflow --gpu\n  spikingssm setup tensorflow --remove',
    )
    .action(({ remove, ...options }: Flags) => (remove ? removeAll() : setUp(options)));
}

async function setUp(options: SetupOptions): Promise<void> {
  const { setUpTensorflow } = await import('../backend/tensorflow/setup/index.js');
  const started = performance.now();
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, abort);
  const bar = progressBar();
  try {
    const { folder, setUp, fresh } = await setUpTensorflow({
      ...options,
      onStep: (text) => console.log(text),
      onProgress: bar?.show,
      signal: stop.signal,
    });
    const seconds = Math.round((performance.now() - started) / 1000);
    const kind = setUp.gpu ? ' with CUDA' : '';
    console.log(
      fresh
        ? `TensorFlow ${setUp.version}${kind} is set up in ${folder}, in ${seconds} s.`
        : `TensorFlow ${setUp.version}${kind} was set up before, in ${folder}.`,
    );
    console.log("Use it with useBackend('tensorflow') or SPIKINGSSM_BACKEND=tensorflow.");
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Error('setup tensorflow: interrupted, nothing was kept (run the command again)');
  } finally {
    bar?.end();
    for (const signal of signals) process.off(signal, abort);
  }
}

async function removeAll(): Promise<void> {
  const { removeTensorflow } = await import('../backend/tensorflow/setup/index.js');
  const { megabytes } = await import('../backend/tensorflow/setup/disk.js');
  const bytes = removeTensorflow();
  console.log(
    bytes ? `Removed ${megabytes(bytes)}.` : 'TensorFlow is not set up; there is nothing to remove.',
  );
}

/** How far the unpacking of a wheel is; in a terminal only, elsewhere its line says enough. */
function progressBar(): { show(done: number, total: number): void; end(): void } | undefined {
  if (!process.stdout.isTTY) return undefined;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} %',
    clearOnComplete: true,
    gracefulExit: false,
  });
  return {
    show: (done, total) => {
      if (!bar.isActive) bar.start(total, 0);
      bar.update(done);
      if (done >= total) bar.stop();
    },
    end: () => bar.stop(),
  };
}
