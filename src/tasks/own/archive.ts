import { existsSync } from 'node:fs';
import { readTimeSeries, type TimeSeries } from '../../files/time-series/index.js';
import { type OwnOptions, ownSettings } from './options.js';
import { type OwnTask, ownTask } from './task.js';

/** What stands for a value that is missing: nothing (it is an error), a number, or a line between those beside it. */
export type Missing = 'refuse' | 'interpolate' | number;

export interface ArchiveOptions extends Omit<OwnOptions, 'test'> {
  /** The file of the test set, or a share. Default the file `NAME_TEST` beside `NAME_TRAIN`, or else 0.1. */
  test?: string | number;
  /** Default `refuse`. */
  missing?: Missing;
  /** How the files are written, e.g. `latin1`. Default UTF-8. */
  encoding?: string;
}

/**
 * A task of a file of the UCR and UEA archives: `.ts` (one or several channels, equal or unequal lengths), `.tsv` without a row
 * of names, or `.arff`; gzipped or not. Where a test set is given, the validation share comes out of the other file.
 * @example await tasks.archive('GunPoint_TRAIN.ts');   // GunPoint_TEST.ts beside it is the test set
 * A file that says so (`@targetlabel true`, a numeric last attribute) gives numbers to be learnt (`targets: 'real'`).
 * @returns  a task with x float32 [batch, L, channels], classes in the order of the file's head
 * @throws RangeError  `readTimeSeries: GunPoint_TRAIN.ts, line 12: …`; for time stamps, or values that are missing unless
 *   `missing` says what stands for them
 */
export async function archive(path: string, options: ArchiveOptions = {}): Promise<OwnTask> {
  const { test = fileBeside(path) ?? 0.1, ...rest } = options;
  const given = typeof test === 'string' ? rest : { ...rest, test };
  const { missing, encoding, ...settings } = ownSettings('archive', given, {
    missing: 'refuse' as Missing,
    encoding: undefined as string | undefined,
  });
  checkMissing(missing);
  const files = typeof test === 'string' ? [path, test] : [path];
  const read = files.map((file) => ({ file, ...readTimeSeries(file, encoding) }));
  const all = read.flatMap(({ file, series }, part) => series.map((one) => ({ ...one, file, part })));
  if (all.length === 0) throw new RangeError(`archive: ${path} holds no series`);
  const nameless = all.find(({ label }) => label === undefined);
  if (nameless)
    throw new RangeError(`archive: ${nameless.file}, line ${nameless.line}: the series has no class`);
  const targets = options.targets ?? (read[0].real ? 'real' : 'classes');
  const channels = all[0].channels.length;
  const values = all.map((one) => valuesOf(one, one.file, channels, missing));
  return ownTask(
    'archive',
    {
      channels,
      labels: all.map(({ label }) => label as string),
      keyOf: (example) => `${all[example].file}, line ${all[example].line}`,
      lengthOf: (example) => values[example].length / channels,
      read: (example) => values[example],
      setOf: (example) => (all[example].part === 1 ? 'test' : undefined),
      reader: { maker: 'archive', options: { missing, channels, encoding } },
      ...(files.length > 1 && { notes: [`the test set is ${test}`] }),
    },
    { ...settings, targets, ...(targets === 'classes' && { classes: settings.classes ?? read[0].classes }) },
  );
}

/** The values of a series  float32 [L, channels], row-major */
export function valuesOf(
  { channels: given, line }: TimeSeries,
  file: string,
  channels: number,
  missing: Missing,
): Float32Array {
  const where = `archive: ${file}, line ${line}`;
  if (given.length !== channels) {
    throw new RangeError(`${where}: expected ${channels} channels, got ${given.length}`);
  }
  const uneven = given.find((channel) => channel.length !== given[0].length);
  if (uneven)
    throw new RangeError(`${where}: the channels have ${given[0].length} and ${uneven.length} steps`);
  const whole = given.map((channel, i) => filled(channel, missing, `${where}, channel ${i}`));
  return Float32Array.from(
    { length: channels * given[0].length },
    (_, i) => whole[i % channels][Math.floor(i / channels)],
  );
}

/** A channel with something in the place of each missing value; before the first and after the last known one, that one. */
function filled(channel: Float64Array, missing: Missing, where: string): Float64Array {
  const at = channel.findIndex(Number.isNaN);
  if (at < 0) return channel;
  if (missing === 'refuse') {
    throw new RangeError(
      `${where}: the value of step ${at} is missing (pass missing: 'interpolate', or a number for it)`,
    );
  }
  if (typeof missing === 'number') return channel.map((value) => (Number.isNaN(value) ? missing : value));
  const known = [...channel.keys()].filter((step) => !Number.isNaN(channel[step]));
  if (known.length === 0) throw new RangeError(`${where}: every value is missing (leave the series out)`);
  let next = 0;
  return channel.map((value, step) => {
    while (next < known.length - 1 && known[next] < step) next++;
    if (!Number.isNaN(value)) return value;
    const [before, after] = [known[Math.max(0, next - 1)], known[next]];
    if (step <= known[0]) return channel[known[0]];
    if (step >= after) return channel[after];
    return channel[before] + ((channel[after] - channel[before]) * (step - before)) / (after - before);
  });
}

function checkMissing(missing: Missing): void {
  if (missing === 'refuse' || missing === 'interpolate' || Number.isFinite(missing)) return;
  throw new RangeError(`archive: missing must be 'refuse', 'interpolate' or a finite number, got ${missing}`);
}

/** Path of `NAME_TEST.ts` for `NAME_TRAIN.ts`, gzipped or not. */
function fileBeside(path: string): string | undefined {
  const test = path.replace(/_(TRAIN|train)(?=\.\w+(\.gz)?$)/, (_, word) =>
    word === 'TRAIN' ? '_TEST' : '_test',
  );
  if (test === path) return undefined;
  return [test, test.replace(/\.gz$/i, ''), `${test}.gz`].find((file) => existsSync(file));
}
