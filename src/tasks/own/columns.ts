import type { Csv } from '../../files/csv.js';
import { unknownName } from '../../options.js';
import { numberIn } from './cell.js';

/** What a column of row numbers is called where it has a name; a longer column counts up by no chance, whatever its name. */
const INDEX = /^(unnamed: \d+|index|idx|id|row|rowname|no\.?|nr\.?|#)$/i;
const [NAMED_ROWS, ROWS] = [3, 20];

/** What becomes of a column that has no name or only counts the rows. */
export type IndexColumn = 'drop' | 'keep';

/** @throws TypeError  for a name that no column has */
export function columnOf({ columns, delimiter }: Csv, name: string, wanted: string): number {
  const found = columns.indexOf(wanted.trim().normalize());
  if (found >= 0) return found;
  const error = unknownName(`csv: ${name}`, 'column', wanted, columns);
  const headless = columns.length > 1 && columns.every((column) => Number.isFinite(numberIn(column)));
  if (headless) error.message += '; the first row holds numbers only: put a row of names in front of it';
  else if (columns.length < 3)
    error.message += `; cells are told apart by ${JSON.stringify(delimiter)} (delimiter changes that)`;
  throw error;
}

/**
 * The columns that are features where nobody named them: all but the given ones. A column that has no name or counts the rows
 * (as pandas and R write them) is no feature unless `index` says so.
 * @throws RangeError  for such a column, and what to pass
 */
export function featuresOf(
  table: Csv,
  name: string,
  others: readonly number[],
  index: IndexColumn | undefined,
): { features: string[]; notes: string[] } {
  const notes: string[] = [];
  const features = table.columns.filter((column, at) => {
    if (others.includes(at)) return false;
    if (column === '' && table.rows.every(({ cells }) => cells[at].trim() === '')) {
      notes.push(`column ${at + 1} has no name and no values, and is left out`);
      return false;
    }
    const counts = countsRows(table, at);
    if (column !== '' && !counts) return true;
    const what = column === '' ? `column ${at + 1} has no name` : `column "${column}"`;
    if (index === undefined) {
      throw new RangeError(
        `csv: ${name}: ${what}${counts ? `${column === '' ? ' and' : ''} counts the rows` : ''}: ` +
          "pass index: 'drop' to leave it out, 'keep' to take it as a feature, or name the features",
      );
    }
    notes.push(
      `${what}${counts ? `${column === '' ? ' and' : ''} counts the rows` : ''}: ${index === 'drop' ? 'left out' : 'a feature'}`,
    );
    return index === 'keep';
  });
  if (features.filter((column) => column === '').length > 1) {
    throw new RangeError(`csv: ${name}: more than one column has no name (name them in the first row)`);
  }
  return { features, notes };
}

/** Whether a column holds whole numbers that go up by one from row to row. */
function countsRows({ columns, rows }: Csv, at: number): boolean {
  const name = columns[at];
  if (rows.length < (name === '' || INDEX.test(name) ? NAMED_ROWS : ROWS)) return false;
  const first = numberIn(rows[0].cells[at]);
  return Number.isInteger(first) && rows.every(({ cells }, i) => numberIn(cells[at]) === first + i);
}
