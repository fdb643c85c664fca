import { environment } from '../environment.js';
import { unknownName, withDefaults } from '../options.js';
import * as tf from '../tf.js';
import * as native from './native/index.js';
import * as tensorflow from './tensorflow/index.js';

/** A device to compute on. To add one: a file that exports its `Backend`, and a line in `backends`. */
export interface Backend {
  /** Whether it can work here, without loading it; otherwise why not and what would help. */
  available(): true | string;
  /** Makes it ready for `tf.setBackend`. */
  load(options: BackendOptions): Promise<void>;
  /** Why `auto` takes it before all others; undefined: it does not. */
  preferred?(): string | undefined;
  /** What it computes on, once it is the current one. */
  device?(): Device;
  /** Waits until all that was asked of it is done. Not there: everything is done when asked. */
  finish?(): void;
}

/** What a backend computes on, as far as it can tell. */
export interface Device {
  /** Name and version of what does the work. */
  library: string;
  /** On the processor, also where a GPU does most of the work. */
  threads: number;
  processors: { kind: 'CPU' | 'GPU'; name: string; memoryMiB?: number }[];
}

export interface BackendOptions {
  /** Threads of `native` and `tensorflow`; `cpu` has one. Default: one a core. */
  threads?: number;
}

export type BackendName = 'native' | 'cpu' | 'tensorflow';

/** Plain tfjs: needs neither compiler nor GPU. */
const cpu: Backend = {
  available: () => true,
  load: async () => {
    // The backend greets the first tensor with an advertisement unless it believes that it already has.
    (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  },
};

/** In the order in which `auto` tries them. */
const backends: Readonly<Record<BackendName, Backend>> = { native, cpu, tensorflow };

export interface BackendChoice {
  name: BackendName;
  /** Why this one, in a sentence. */
  reason: string;
  /** What it computes on, where the backend tells: `tensorflow`. */
  device?: Device;
}

/**
 * Chooses the device that everything after it computes on. The environment variable SPIKINGSSM_BACKEND takes the
 * place of `auto`.
 * @param name  `auto` takes the first that works here
 * @returns     which one, and why
 * @throws TypeError   for an unknown name, listing the known ones; RangeError for a bad number of threads
 * @throws RangeError  for one that cannot work here, listing those that can and how to get it
 * @example const { name, reason } = await useBackend('auto');
 */
export async function useBackend(
  name: BackendName | 'auto' = 'auto',
  options: BackendOptions = {},
): Promise<BackendChoice> {
  const given = withDefaults<BackendOptions>('useBackend', options, { threads: undefined });
  const choice = backendChoice(name);
  await backends[choice.name].load(given);
  await tf.setBackend(choice.name);
  await tf.ready();
  const device = backends[choice.name].device?.();
  return device ? { ...choice, device } : choice;
}

/** What `useBackend` would take, without loading it. @throws as `useBackend` */
export function backendChoice(name: BackendName | 'auto' = 'auto'): BackendChoice {
  const fromEnvironment = environment('SPIKINGSSM_BACKEND');
  const wanted = name === 'auto' && fromEnvironment ? fromEnvironment : name;
  return choose(wanted, wanted !== name);
}

/** Waits until the current backend has done all that was asked of it, for whoever takes times. */
export function finish(): void {
  const name = tf.getBackend();
  if (Object.hasOwn(backends, name)) backends[name as BackendName].finish?.();
}

/** The backends there are, each with `true` or the reason why it cannot work here. */
export function availableBackends(): Record<BackendName, true | string> {
  return Object.fromEntries(
    Object.entries(backends).map(([name, backend]) => [name, backend.available()]),
  ) as Record<BackendName, true | string>;
}

function choose(wanted: string, fromEnvironment: boolean): BackendChoice {
  const state = availableBackends();
  const working = (Object.keys(backends) as BackendName[]).filter((name) => state[name] === true);
  if (wanted === 'auto') {
    for (const name of working) {
      const reason = backends[name].preferred?.();
      if (reason) return { name, reason };
    }
    return { name: working[0], reason: 'the first that works here' };
  }
  const where = fromEnvironment ? 'useBackend (SPIKINGSSM_BACKEND)' : 'useBackend';
  if (!Object.hasOwn(backends, wanted))
    throw unknownName(where, 'backend', wanted, ['auto', ...Object.keys(backends)]);
  const why = state[wanted as BackendName];
  if (why !== true)
    throw new RangeError(`${where}: ${wanted} cannot work here: ${why} (available: ${working.join(', ')})`);
  return {
    name: wanted as BackendName,
    reason: fromEnvironment ? 'SPIKINGSSM_BACKEND names it' : 'you named it',
  };
}
