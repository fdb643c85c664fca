import { parse } from 'csv-parse/sync';

export interface CsvRow {
  cells: string[];
  /** Where the row ends in the file, counted from 1. */
  line: number;
}

export interface Csv {
  /** Names of the columns, from the first row. */
  columns: string[];
  rows: CsvRow[];
  /** What stood between the cells. */
  delimiter: string;
}

/** What stands between cells where it is not said, most usual first. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * Parses comma-separated text (RFC 4180): the first row names the columns, every other one has as many cells. Empty
 * lines are passed over.
 * @param where      the function the user called, for messages
 * @param name       stands for the file in messages
 * @param delimiter  default a comma, or where the first row has none the first of `;`, tab and `|` that it has
 * @throws RangeError  `csv: NAME: …` with the line, for a row of another length or a quote that stays open
 */
export function parseCsv(where: string, text: string, name: string, delimiter?: string): Csv {
  const fail = (what: string) => new RangeError(`${where}: ${name}: ${what}`);
  const used = delimiter ?? guessed(text);
  const lines: number[] = [];
  let cells: string[][];
  try {
    cells = parse(text, {
      ...FORM,
      delimiter: used,
      on_record: (record, { lines: line }) => {
        lines.push(line);
        return record;
      },
    });
  } catch (error) {
    const message = (error as Error).message;
    const hint = delimiter === undefined && /length/i.test(message) ? otherDelimiter(text, used) : '';
    throw fail(message + hint);
  }
  if (cells.length === 0) throw fail('expected a first row with the names of the columns, got an empty file');
  const columns = cells[0].map((cell) => cell.trim().normalize());
  const twice = columns.find((column, i) => column !== '' && columns.indexOf(column) !== i);
  if (twice !== undefined) throw fail(`two columns are named "${twice}"`);
  const rows = cells.slice(1).map((row, i) => ({ cells: row, line: lines[i + 1] }));
  return { columns, rows, delimiter: used };
}

const FORM = {
  bom: true,
  // Found out from the first line alone otherwise; a file edited on two systems has both kinds.
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
};

function guessed(text: string): string {
  return DELIMITERS.find((delimiter) => firstRow(text, delimiter).length > 1) ?? ',';
}

/** The cells of the first row; none where it cannot be parsed. */
function firstRow(text: string, delimiter: string): string[] {
  try {
    return parse(text, { ...FORM, delimiter, to: 1, relax_quotes: true })[0] ?? [];
  } catch {
    return [];
  }
}

function otherDelimiter(text: string, used: string): string {
  const other = DELIMITERS.find((one) => one !== used && firstRow(text, one).length > 1);
  return other === undefined ? '' : ` (is the delimiter ${JSON.stringify(other)}? pass delimiter)`;
}
