import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseCsv } from '../../files/csv.js';
import { readNpy } from '../../files/npy.js';
import { readNpz } from '../../files/npz.js';
import { readText } from '../../files/text.js';
import { isTimeSeriesName, readTimeSeries } from '../../files/time-series/index.js';
import { readIdx } from '../idx.js';
import type { Preparation } from '../preparation.js';
import { type Missing, valuesOf } from './archive.js';
import { className } from './classes.js';
import { type CsvReading, csvSequences } from './csv.js';
import { labelsOf, type NumberArray, partOf } from './dense.js';
import type { Unlabelled } from './task.js';
import { recordingOf, sizeOf, type WavReading, wavFiles } from './wav-folder.js';

/** New sequences, read as those of a task were, and their classes where the file says them. */
export type NewInputs = Unlabelled & { labels?: readonly (string | undefined)[] };

type Reader = NonNullable<Preparation['reader']>;

interface Kind {
  /** What it reads, for messages. */
  what: string;
  fits(path: string, folder: boolean): boolean;
  read(path: string, options: Reader['options']): NewInputs | Promise<NewInputs>;
}

/** By the maker of the task. To add one: an entry. */
const KINDS: Readonly<Record<string, Kind>> = {
  csv: {
    what: 'tables (.csv, .tsv)',
    fits: (path, folder) => !folder && !/\.(np[yz]|wav|gz|zip|safetensors|json)$/i.test(path),
    read: (path, options) => {
      const reading = options as unknown as CsvReading;
      const table = parseCsv('csv', readText('csv', path, reading.encoding), path, reading.delimiter);
      return csvSequences(table, path, reading, { blank: true });
    },
  },
  archive: {
    what: 'files of the UCR and UEA archives (.ts, .tsv, .arff)',
    fits: (path, folder) => !folder && isTimeSeriesName(path),
    read: (path, options) => {
      const { missing, channels, encoding } = options as {
        missing: Missing;
        channels: number;
        encoding?: string;
      };
      const { series } = readTimeSeries(path, encoding);
      const read = (example: number) => valuesOf(series[example], path, channels, missing);
      return {
        count: series.length,
        channels,
        keyOf: (example) => `line ${series[example].line}`,
        lengthOf: (example) => series[example].channels[0].length,
        read,
        labels: series.map(({ label }) => label),
      };
    },
  },
  numpy: {
    what: 'NumPy arrays (.npz, .npy)',
    fits: (path, folder) => !folder && /\.np[yz]$/i.test(path),
    read: async (path, options) => {
      const { x, y, flatten } = options as { x: string; y: string; flatten: boolean };
      if (/\.npy$/i.test(path)) return dense('numpy', readNpy(path), flatten);
      const arrays = await readNpz(path);
      const values = likeNamed(arrays, x);
      // For its message, which lists what is there.
      if (!values) await readNpz(path, [x]);
      return dense('numpy', values as NumberArray, flatten, likeNamed(arrays, y));
    },
  },
  idx: {
    what: 'idx files',
    fits: (path, folder) => !folder && /idx\d-ubyte(\.gz)?$/i.test(path),
    read: (path, { flatten }) => dense('idx', readIdx(path), flatten as boolean),
  },
  wavFolder: {
    what: 'WAV recordings, or folders of them',
    fits: (path, folder) => folder || /\.wav$/i.test(path),
    read: (path, options) => recordings(path, options as unknown as WavReading),
  },
};

/**
 * New sequences of a file or folder, read with the options that a task was made with. Values are as in the file: what the task
 * subtracts and divides by comes after (`predict`).
 * @param reader  `task.preparation.reader`, or that of a run's `config.json`
 * @throws RangeError  for a file of another kind or form: other columns, arrays or channels
 */
export async function readInputs(path: string, reader: Reader): Promise<NewInputs> {
  const { maker, options } = reader;
  if (!Object.hasOwn(KINDS, maker)) {
    throw new RangeError(
      `readInputs: data of tasks.${maker} are not read from a file (prepare them in a program)`,
    );
  }
  if (!existsSync(path)) throw new RangeError(`readInputs: ${path} is not there`);
  const kind = KINDS[maker];
  if (!kind.fits(path, statSync(path).isDirectory())) {
    throw new RangeError(
      `readInputs: ${path} is of another kind than the data trained on, which are ${kind.what}`,
    );
  }
  const found = await kind.read(path, options);
  if (found.count === 0) throw new RangeError(`readInputs: ${path} holds no sequence`);
  return {
    ...found,
    ...(found.labels && { labels: found.labels.map((label) => label && className(label)) }),
  };
}

/** The array of a name that training arrays have, or of the same name for others: `x_train`, `x`, `x_test`. */
function likeNamed(arrays: Record<string, NumberArray>, name: string): NumberArray | undefined {
  const names = ['', '_test'].map((end) => name.replace(/_train$/i, end));
  const found = [name, ...names].find((one) => Object.hasOwn(arrays, one));
  return found === undefined ? undefined : arrays[found];
}

function dense(where: string, x: NumberArray, flatten: boolean, y?: NumberArray): NewInputs {
  const { n, L, channels, read } = partOf(where, x, flatten, '');
  const keyOf = (example: number) => `example ${example}`;
  return {
    count: n,
    channels,
    keyOf,
    lengthOf: () => L,
    read: (example) => read(example, keyOf(example)),
    ...(y && { labels: labelsOf(where, y, n, '') }),
  };
}

/** A recording, or those of a folder, whose own folders name their classes. */
function recordings(path: string, reading: WavReading): NewInputs {
  const folder = statSync(path).isDirectory();
  const files = folder ? wavFiles(path) : [basename(path)];
  const size = sizeOf(reading);
  const read = (example: number) =>
    recordingOf(join(folder ? path : dirname(path), files[example]), files[example], reading);
  return {
    count: files.length,
    channels: size,
    keyOf: (example) => files[example],
    lengthOf: (example) => read(example).length / size,
    read,
    ...(folder &&
      files.every((file) => file.includes('/')) && {
        labels: files.map((file) => basename(dirname(file))),
      }),
  };
}
