import { type OwnOptions, ownSettings } from './options.js';
import { checked } from './sequences.js';
import { type OwnTask, ownTask } from './task.js';

/** An array of numbers as files hold them. */
export interface NumberArray {
  shape: readonly number[];
  /** Row-major. */
  data: { readonly length: number; readonly [index: number]: number | bigint };
}

/** Where sequences and classes are: paths of files, or names of arrays in one. */
export interface ArrayNames {
  /** [n, L], [n, L, channels], or any [n, …] with `flatten` */
  x: string;
  /** [n] or [n, 1], whole numbers; with `targets: 'real'` any numbers, [n] or [n, outputs] */
  y: string;
}

export interface ArrayOptions extends Omit<OwnOptions, 'test'> {
  /** Share of the examples, or the arrays of a test set; then only the validation set is divided off. */
  test?: number | ArrayNames;
  /** One step an element, whatever the array's further axes are. Default false. */
  flatten?: boolean;
}

/** The task of arrays of sequences of one length. */
export function denseTask(
  where: string,
  arrays: ArrayNames,
  options: ArrayOptions,
  get: (name: string) => NumberArray,
): OwnTask {
  const { test, ...rest } = options;
  const testArrays = typeof test === 'object' ? test : undefined;
  const given = typeof test === 'object' ? rest : { ...rest, test };
  const { flatten, ...settings } = ownSettings(where, given, { flatten: false });
  const part = ({ x, y }: ArrayNames, what: string) => {
    const sequences = partOf(where, get(x), flatten, what);
    const labels =
      settings.targets === 'real'
        ? numbersOf(where, get(y), sequences.n, what)
        : labelsOf(where, get(y), sequences.n, what).map((label) => [label]);
    return { ...sequences, labels };
  };
  const parts = [part(arrays, '')];
  if (testArrays) parts.push(part(testArrays, 'test '));
  const [{ L, channels, labels: first }] = parts;
  const other = parts.find((part) => part.L !== L || part.channels !== channels);
  if (other) {
    throw new RangeError(
      `${where}: the test sequences must be [${L}, ${channels}] as the others, got [${other.L}, ${other.channels}]`,
    );
  }
  const locate = (example: number) => (example < first.length ? [0, example] : [1, example - first.length]);
  const keyOf = (example: number) => {
    const [part, row] = locate(example);
    return part === 0 ? `example ${row}` : `test example ${row}`;
  };
  const read = (example: number) => {
    const [part, row] = locate(example);
    return parts[part].read(row, keyOf(example));
  };
  return ownTask(
    where,
    {
      channels,
      labels: parts.flatMap((part) => part.labels.map((row) => row.join(' '))),
      answers: (example) => {
        const [part, row] = locate(example);
        return parts[part].labels[row].map(Number);
      },
      keyOf,
      lengthOf: () => L,
      read,
      setOf: (example) => (locate(example)[0] === 1 ? 'test' : undefined),
      reader: { maker: where, options: { ...arrays, flatten } },
    },
    settings,
  );
}

/** Sequences of one array, of one length. */
export interface DensePart {
  n: number;
  L: number;
  channels: number;
  /** float32 [L, channels] of one row. @param key  what it is called in messages */
  read(row: number, key: string): Float32Array;
}

export function partOf(where: string, x: NumberArray, flatten: boolean, what: string): DensePart {
  const [n = 0, ...rest] = x.shape;
  if (rest.length === 0 || (rest.length > 2 && !flatten)) {
    throw new RangeError(
      `${where}: ${what}x must be [n, L] or [n, L, channels], got [${x.shape}] ` +
        '(flatten: true makes one long sequence of each example)',
    );
  }
  const [L, channels] = flatten
    ? [rest.reduce((product, size) => product * size, 1), 1]
    : [rest[0], rest[1] ?? 1];
  if (channels < 1)
    throw new RangeError(`${where}: ${what}x must have at least one channel, got [${x.shape}]`);
  const size = L * channels;
  return {
    n,
    L,
    channels,
    read: (row, key) =>
      checked(
        where,
        Float64Array.from({ length: size }, (_, i) => Number(x.data[row * size + i])),
        channels,
        key,
      ),
  };
}

/** The classes of `n` examples, by name. */
export function labelsOf(where: string, y: NumberArray, n: number, what: string): string[] {
  if (y.data.length !== n || y.shape.length > 2 || y.shape.length === 0) {
    throw new RangeError(`${where}: ${what}y must be [${n}] as x has ${n} examples, got [${y.shape}]`);
  }
  return Array.from({ length: n }, (_, i) => {
    const label = Number(y.data[i]);
    if (Number.isSafeInteger(label)) return String(label);
    throw new RangeError(
      `${where}: ${what}y must hold whole numbers, got ${y.data[i]} at ${i} (targets: 'real' learns numbers)`,
    );
  });
}

/** The numbers to be learnt of `n` examples. */
function numbersOf(where: string, y: NumberArray, n: number, what: string): number[][] {
  const [rows, outputs = 1] = y.shape;
  if (rows !== n || y.shape.length > 2 || outputs < 1) {
    throw new RangeError(`${where}: ${what}y must be [${n}] or [${n}, outputs], got [${y.shape}]`);
  }
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: outputs }, (_, j) => Number(y.data[i * outputs + j])),
  );
}
