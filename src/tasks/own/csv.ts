import { type Csv, type CsvRow, parseCsv } from '../../files/csv.js';
import { readText } from '../../files/text.js';
import { outOfRange } from '../../options.js';
import { type Decimal, numberIn, remedyFor } from './cell.js';
import { className } from './classes.js';
import { columnOf, featuresOf, type IndexColumn } from './columns.js';
import { type OwnOptions, ownSettings } from './options.js';
import { type OwnTask, ownTask, type Unlabelled } from './task.js';

export interface CsvOptions extends OwnOptions {
  /** Column with the class. */
  label: string;
  /** Columns with numbers, in order. Default all others. */
  features?: readonly string[];
  /**
   * Column that says which sequence a row belongs to; each row is then one step and each feature one channel. Without
   * it each row is one sequence, its features the steps.
   */
  sequence?: string;
  /** Numbers a step, where a row is a whole sequence: the first `channels` features are its first step. Default 1. */
  channels?: number;
  /** Default a comma, or where the first row has none the first of `;`, tab and `|` in it. */
  delimiter?: string;
  /** The sign between whole and fraction. Default a point. */
  decimal?: Decimal;
  /** How the file is written, e.g. `latin1`. Default UTF-8, or UTF-16 by its mark (`readText`). */
  encoding?: string;
  /** What becomes of columns without a name and of those that count the rows. Default: they are refused. */
  index?: IndexColumn;
}

/**
 * A task of a CSV file with a first row of column names: a sequence a row, or a step a row. All is kept in memory.
 * @example
 *   await tasks.csv('beats.csv', { label: 'class' });                       // t0, t1, …, class
 *   await tasks.csv('gait.csv', { label: 'person', sequence: 'walk' });      // walk, person, x, y, z
 * @returns  a task with x float32 [batch, L, channels]; sequences of a step a row may differ in length
 * @throws RangeError  `csv: gait.csv, line 5, column "x": expected a number, got "abc"`
 */
export async function csv(path: string, options: CsvOptions): Promise<OwnTask> {
  const text = readText('csv', path, options.encoding);
  return csvTask(parseCsv('csv', text, path, options.delimiter), path, options);
}

/** `csv` for a table that is read already; `name` stands for the file in messages. */
export function csvTask(table: Csv, name: string, options: CsvOptions): OwnTask {
  const {
    label,
    features,
    sequence,
    channels: perStep,
    delimiter: given,
    decimal,
    encoding,
    index,
    ...settings
  } = ownSettings<Required<Pick<CsvOptions, 'channels' | 'decimal'>> & Omit<CsvOptions, keyof OwnOptions>>(
    'csv',
    options,
    {
      label: options.label,
      features: undefined,
      sequence: undefined,
      channels: 1,
      delimiter: undefined,
      decimal: '.',
      encoding: undefined,
      index: undefined,
    },
  );
  checkOneOf('decimal', decimal, ['.', ',']);
  checkOneOf('index', index, [undefined, 'drop', 'keep']);
  if (typeof label !== 'string')
    throw new TypeError(`csv: label must name the column with the class, got ${label}`);
  if (sequence !== undefined && options.channels !== undefined) {
    throw new TypeError(
      'csv: channels is for a sequence a row; with sequence each feature is a channel (leave it out)',
    );
  }
  const labelAt = columnOf(table, name, label);
  const sequenceAt = sequence === undefined ? -1 : columnOf(table, name, sequence);
  const chosen = features ? { features, notes: [] } : featuresOf(table, name, [labelAt, sequenceAt], index);
  const { delimiter } = table;
  const guess =
    given === undefined && delimiter !== ',' ? [`cells are told apart by ${JSON.stringify(delimiter)}`] : [];
  const reading: CsvReading = {
    label,
    features: chosen.features,
    sequence,
    channels: perStep,
    delimiter,
    decimal,
    encoding,
  };
  const { labels, ...read } = csvSequences(table, name, reading);
  return ownTask(
    'csv',
    {
      ...read,
      labels: labels as string[],
      reader: { maker: 'csv', options: { ...reading } },
      notes: [...guess, ...chosen.notes],
    },
    settings,
  );
}

/** How the columns of a table are read. Plain data. */
export interface CsvReading
  extends Required<Pick<CsvOptions, 'features' | 'channels' | 'delimiter' | 'decimal' | 'label'>> {
  sequence: string | undefined;
  encoding: string | undefined;
}

function checkOneOf(name: string, value: unknown, known: readonly unknown[]): void {
  if (known.includes(value)) return;
  throw outOfRange('csv', name, known.filter((one) => one !== undefined).join(' or '), String(value));
}

/**
 * The sequences of a table, with their classes where it has a column for them.
 * @param blank  whether a class may be left out, as in files whose classes are to be found
 */
export function csvSequences(
  table: Csv,
  name: string,
  { label, features, sequence, channels: perStep, decimal = '.' }: CsvReading,
  { blank = false }: { blank?: boolean } = {},
): Unlabelled & { labels?: (string | undefined)[] } {
  const featureAt = features.map((feature) => columnOf(table, name, feature));
  const sequenceAt = sequence === undefined ? -1 : columnOf(table, name, sequence);
  const channels = sequence === undefined ? perStep : featureAt.length;
  const whole = Number.isSafeInteger(channels) && channels >= 1 && featureAt.length % channels === 0;
  if (!whole || featureAt.length === 0) {
    throw outOfRange('csv', 'channels', `a divisor of the ${featureAt.length} features`, channels);
  }
  const groups = new Map<string, CsvRow[]>();
  table.rows.forEach((row, i) => {
    const key = sequence === undefined ? `row ${i}` : filled(row, sequenceAt, table.columns, name);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  });
  const keys = [...groups.keys()];
  const values = keys.map((key) => numbersOf(groups.get(key)!, featureAt, table.columns, name, decimal));
  const labelAt = table.columns.indexOf(label.trim().normalize());
  return {
    count: keys.length,
    channels,
    keyOf: (example) => keys[example],
    lengthOf: (example) => values[example].length / channels,
    read: (example) => values[example],
    ...(labelAt >= 0 && {
      labels: keys.map((key) => {
        const rows = groups.get(key)!;
        if (blank && rows.every(({ cells }) => cells[labelAt].trim() === '')) return undefined;
        return labelOf(rows, labelAt, table.columns, name, key);
      }),
    }),
  };
}

function numbersOf(
  rows: readonly CsvRow[],
  at: readonly number[],
  columns: string[],
  name: string,
  decimal: Decimal,
): Float32Array {
  const values = new Float32Array(rows.length * at.length);
  rows.forEach(({ cells, line }, i) => {
    at.forEach((column, j) => {
      const value = numberIn(cells[column], decimal);
      if (!Number.isFinite(Math.fround(value))) {
        const where = `csv: ${name}, line ${line}, column "${columns[column]}"`;
        const got = JSON.stringify(cells[column]);
        throw new RangeError(
          `${where}: expected a number, got ${got} (${remedyFor(cells[column], decimal)})`,
        );
      }
      values[i * at.length + j] = value;
    });
  });
  return values;
}

/** The class of a sequence, which all its rows must agree on. */
function labelOf(rows: readonly CsvRow[], at: number, columns: string[], name: string, key: string): string {
  const label = filled(rows[0], at, columns, name);
  for (const row of rows) {
    const got = filled(row, at, columns, name);
    if (className(got) === className(label)) continue;
    throw new RangeError(
      `csv: ${name}, line ${row.line}: sequence ${key} is of class "${label}" and of "${got}"`,
    );
  }
  return label;
}

/** A name in a cell; where it is missing, the row would belong to a class or sequence of no name. */
function filled({ cells, line }: CsvRow, at: number, columns: string[], name: string): string {
  const text = cells[at].trim();
  if (text !== '') return text;
  throw new RangeError(`csv: ${name}, line ${line}, column "${columns[at]}": expected a name, got ""`);
}
