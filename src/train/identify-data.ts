import { agreed, type Fingerprint, fingerprint } from '../tasks/fingerprint.js';
import type { Task } from '../tasks/task.js';
import { dataDifferences } from './data-differences.js';
import { progressView } from './progress-view.js';
import type { RunConfig } from './run-config.js';
import { checkFolder } from './run-folder.js';

/** Milliseconds after which it is said what takes so long. */
const SILENT = 1500;
/** Seconds between two lines where the output is no terminal. */
const LINE_INTERVAL = 10;
const SETS = ['train', 'validation', 'test'] as const;

/**
 * What the data of a run in a folder are known by. Whatever else is against the run is said before they are gone through.
 * @throws as `checkFolder`, and the signal's reason
 */
export async function identifyData(
  task: Task,
  config: RunConfig,
  folder: string,
  resume: boolean,
  signal?: AbortSignal,
): Promise<Fingerprint> {
  const known = checkFolder(folder, config, resume);
  if (known && !known.data) {
    process.stderr.write(
      `train: ${folder} was begun by a version that kept no mark of its data: whether they are the same is not known\n`,
    );
  }
  const found = await dataFingerprint('train', task, signal);
  // Values may differ from pass to pass so seldom that one look at them misses it.
  const suspect = known?.data && dataDifferences({ ...config, data: found }, known).length > 0;
  return suspect ? agreed(found, await dataFingerprint('train', task, signal)) : found;
}

/** What a task's data are known by. Says what is going on where it takes long, and what the data cannot be known by. */
export async function dataFingerprint(where: string, task: Task, signal?: AbortSignal): Promise<Fingerprint> {
  const found = await shown(task, signal);
  const vague = 'own' in found ? [] : SETS.filter((set) => found[set].values === null);
  if (vague.length > 0) {
    process.stderr.write(
      `${where}: the values of ${task.name} (${vague.join(', ')}) differ from pass to pass: they are known by their labels and ` +
        'shapes alone (a fingerprint() of the task can say what they are)\n',
    );
  }
  return found;
}

/** Goes through the data with a view of how far it is, where it takes long. */
async function shown(task: Task, signal?: AbortSignal): Promise<Fingerprint> {
  const begun = performance.now();
  let view: ReturnType<typeof progressView> | undefined;
  const show = async (done: number, total: number, end: boolean): Promise<void> => {
    await view?.show(`going through the data: ${done} of ${total} examples`, {
      step: done,
      steps: total,
      end,
    });
  };
  let last = { done: 0, total: 0 };
  try {
    return await fingerprint(task, {
      signal,
      onProgress: async (event) => {
        last = event;
        if (!view && performance.now() - begun > SILENT) view = progressView(process.stderr, LINE_INTERVAL);
        await show(event.done, event.total, false);
      },
    });
  } finally {
    await show(last.done, last.total, true);
  }
}
