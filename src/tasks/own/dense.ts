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
  /** [n] or [n, 1], whole numbers */
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
  const parts = [partOf(where, get(arrays.x), get(arrays.y), flatten, '')];
  if (testArrays) parts.push(partOf(where, get(testArrays.x), get(testArrays.y), flatten, 'test '));
  const [{ L, channels, labels }] = parts;
  const other = parts.find((part) => part.L !== L || part.channels !== channels);
  if (other) {
    throw new RangeError(
      `${where}: the test sequences must be [${L}, ${channels}] as the others, got [${other.L}, ${other.channels}]`,
    );
  }
  const locate = (example: number) => (example < labels.length ? [0, example] : [1, example - labels.length]);
  const keyOf = (example: number) => {
    const [part, row] = locate(example);
    return part === 0 ? `example ${row}` : `test example ${row}`;
  };
  const size = L * channels;
  const read = (example: number) => {
    const [part, row] = locate(example);
    const { data } = parts[part];
    return checked(
      where,
      Float64Array.from({ length: size }, (_, i) => Number(data[row * size + i])),
      channels,
      keyOf(example),
    );
  };
  return ownTask(
    where,
    {
      channels,
      labels: parts.flatMap((part) => part.labels),
      keyOf,
      lengthOf: () => L,
      read,
      setOf: (example) => (locate(example)[0] === 1 ? 'test' : undefined),
    },
    settings,
  );
}

function partOf(
  where: string,
  x: NumberArray,
  y: NumberArray,
  flatten: boolean,
  what: string,
): { L: number; channels: number; labels: string[]; data: NumberArray['data'] } {
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
  if (y.data.length !== n || y.shape.length > 2 || y.shape.length === 0) {
    throw new RangeError(`${where}: ${what}y must be [${n}] as x has ${n} examples, got [${y.shape}]`);
  }
  const labels = Array.from({ length: n }, (_, i) => {
    const label = Number(y.data[i]);
    if (Number.isSafeInteger(label)) return String(label);
    throw new RangeError(`${where}: ${what}y must hold whole numbers, got ${y.data[i]} at ${i}`);
  });
  return { L, channels, labels, data: x.data };
}
