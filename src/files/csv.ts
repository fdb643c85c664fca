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
}

/**
 * Parses comma-separated text (RFC 4180): the first row names the columns, every other one has as many cells. Empty
 * lines and a byte-order mark are passed over.
 * @param name  stands for the file in messages
 * @throws RangeError  `readCsv: NAME: …` with the line, for a row of another length or a quote that stays open
 */
export function parseCsv(text: string, name: string, delimiter = ','): Csv {
  const fail = (what: string) => new RangeError(`readCsv: ${name}: ${what}`);
  const lines: number[] = [];
  let cells: string[][];
  try {
    cells = parse(text, {
      delimiter,
      bom: true,
      // Found out from the first line alone otherwise; a file edited on two systems has both kinds.
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      on_record: (record, { lines: line }) => {
        lines.push(line);
        return record;
      },
    });
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (cells.length === 0) throw fail('expected a first row with the names of the columns, got an empty file');
  const columns = cells[0].map((cell) => cell.trim());
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw fail(`two columns are named "${twice}"`);
  return { columns, rows: cells.slice(1).map((row, i) => ({ cells: row, line: lines[i + 1] })) };
}
