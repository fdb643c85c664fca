import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { readNpz } from '../../files/npz.js';
import { isNamedTable, isTimeSeriesName } from '../../files/time-series/index.js';
import type { Task } from '../task.js';
import { type ArchiveOptions, archive } from './archive.js';
import { type CsvOptions, csv } from './csv.js';
import type { ArrayOptions } from './dense.js';
import { idx } from './idx.js';
import { numpy } from './numpy.js';
import { textFile } from './text-file.js';
import { type WavFolderOptions, wavFolder } from './wav-folder.js';

/** Options of the maker that reads the file, and for every kind of it: */
export interface FromPathOptions {
  /** Where the classes are: a CSV's column, the name of an array in an .npz, the file beside a .npy or idx file. */
  label?: string;
  [option: string]: unknown;
}

interface Kind {
  /** For messages. */
  what: string;
  /** Whether steps are tokens, which have no mean to be subtracted. Default false. */
  tokens?: boolean;
  fits(path: string, folder: boolean): boolean;
  open(path: string, options: FromPathOptions): Promise<Task>;
}

/** To add one: an entry. */
const KINDS: readonly Kind[] = [
  {
    what: 'a table with names in its first row (.csv, .tsv)',
    fits: (path, folder) => !folder && (/\.csv$/i.test(path) || (/\.tsv$/i.test(path) && isNamedTable(path))),
    open: (path, options) => {
      needLabel(path, options.label, 'the column with the class');
      const delimiter = /\.tsv$/i.test(path) ? '\t' : undefined;
      return csv(path, { delimiter, ...(options as unknown as CsvOptions) });
    },
  },
  {
    what: 'a file of the UCR and UEA archives (.ts, .tsv, .arff, .gz or not)',
    fits: (path, folder) => !folder && isTimeSeriesName(path),
    open: (path, { label, ...options }) => {
      if (label !== undefined)
        throw new TypeError(`fromPath: ${path} says the classes itself (leave label out)`);
      return archive(path, options as ArchiveOptions);
    },
  },
  {
    what: 'a text, of which a model learns what comes next (.txt)',
    tokens: true,
    fits: (path, folder) => !folder && /\.txt$/i.test(path),
    open: (path, { label, ...options }) => {
      if (label !== undefined)
        throw new TypeError(`fromPath: ${path} is read as a text without classes (a table is named .csv)`);
      return textFile(path, options);
    },
  },
  {
    what: 'NumPy arrays (.npz, or .npy with a second one of the classes)',
    fits: (path, folder) => !folder && /\.np[yz]$/i.test(path),
    open: async (path, { label, x, ...options }) => {
      if (/\.npz$/i.test(path)) return npzTask(path, label, x, options as ArrayOptions);
      needLabel(path, label, 'the .npy file with the classes');
      return numpy({ x: path, y: label as string }, options as ArrayOptions);
    },
  },
  {
    what: "MNIST's format (NAME-idx3-ubyte, .gz or not, with a second file of the classes)",
    fits: (path, folder) => !folder && /idx\d-ubyte(\.gz)?$/i.test(path),
    open: (path, { label, ...options }) => {
      needLabel(path, label, 'the idx file with the classes');
      return idx({ x: path, y: label as string }, options as ArrayOptions);
    },
  },
  {
    what: 'a folder of WAV recordings, in a folder of each class',
    fits: (_, folder) => folder,
    open: (path, { label, ...options }) => {
      if (label !== undefined) {
        throw new TypeError(
          'fromPath: label is not for a folder of recordings: their folders name the classes',
        );
      }
      return wavFolder(path, options as WavFolderOptions);
    },
  },
];

/**
 * A task of a file or folder of one's own, read by what it is: a table, the UCR and UEA archives' formats, NumPy, idx, a
 * text, or a folder of recordings in folders. What the file's name does not say is said by the options of its maker (`csv`, `archive`, `numpy`,
 * `idx`, `text`, `wavFolder`).
 * Unlike its maker it standardises the inputs, unless `standardise: false` is given: files hold values of any size.
 * @returns  the maker's task, named after the file
 * @throws RangeError  for a path that is not there, or a kind of file that is not known, naming those that are
 * @example const task = await tasks.fromPath('beats.csv', { label: 'class' });
 */
export async function fromPath(path: string, options: FromPathOptions = {}): Promise<Task> {
  if (!existsSync(path)) throw new RangeError(`fromPath: ${path} is not there`);
  const folder = statSync(path).isDirectory();
  const kind = KINDS.find(({ fits }) => fits(path, folder));
  if (!kind) {
    throw new RangeError(
      `fromPath: ${path} is no file of a known kind (known: ${KINDS.map(({ what }) => what).join('; ')})`,
    );
  }
  const defaults = kind.tokens ? {} : { standardise: true };
  const task = await kind.open(path, { name: dataName(path), ...defaults, ...options });
  return { ...task, source: resolve(path) };
}

/** What a file or folder is called without its place and kind. */
export function dataName(path: string): string {
  const name = basename(resolve(path));
  return name.replace(/\.gz$/i, '').replace(/(?<=.)\.[^.]*$/, '') || name;
}

function needLabel(path: string, label: string | undefined, what: string): void {
  if (label === undefined)
    throw new TypeError(`fromPath: ${path} needs label, ${what} (on the command line --label)`);
}

/** Names that arrays commonly have; where a file has others, they are named. */
const X = ['x', 'x_train', 'data', 'inputs', 'features'];
const Y = ['y', 'y_train', 'labels', 'label', 'targets', 'target', 'classes'];

async function npzTask(
  path: string,
  label: string | undefined,
  given: unknown,
  options: ArrayOptions,
): Promise<Task> {
  const names = Object.keys(await readNpz(path));
  const find = (what: string, known: readonly string[], flag: string): string => {
    const found = names.filter((name) => known.includes(name.toLowerCase()));
    if (found.length === 1) return found[0];
    throw new TypeError(
      `fromPath: ${path} does not say which of its arrays holds ${what}: it has ${names.join(', ')} (pass ${flag})`,
    );
  };
  const x =
    typeof given === 'string' ? given : find('the sequences', X, 'x, on the command line --set task.x=NAME');
  const y = label ?? find('the classes', Y, 'label, on the command line --label NAME');
  const [xTest, yTest] = [x, y].map((name) => name.replace(/_train$/i, '_test'));
  const hasTest = xTest !== x && yTest !== y && names.includes(xTest) && names.includes(yTest);
  const test = options.test ?? (hasTest ? { x: xTest, y: yTest } : undefined);
  return numpy({ file: path, x, y }, { ...options, ...(test !== undefined && { test }) });
}
