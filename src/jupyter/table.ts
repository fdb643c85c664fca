import { inspect } from 'node:util';
import { escapeHtml } from './escape.js';
import type { MimeBundle } from './output.js';

/** What of an arquero table is needed to show it; the table is recognised by these, not by its class. */
interface Table {
  numRows(): number;
  numCols(): number;
  columnNames(): string[];
  get(column: string, row: number): unknown;
}

const MAX_ROWS = 30;
const MAX_COLUMNS = 30;
const MAX_CELL = 120;

export function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false;
  const table = value as Partial<Table>;
  return [table.numRows, table.numCols, table.columnNames, table.get].every(
    (one) => typeof one === 'function',
  );
}

/** A table as HTML and as aligned text: the first rows and columns, with a note of what was left out. */
export function tableBundle(table: Table): MimeBundle {
  const columns = table.columnNames().slice(0, MAX_COLUMNS);
  const count = Math.min(table.numRows(), MAX_ROWS);
  const values = columns.map((name) => Array.from({ length: count }, (_, row) => table.get(name, row)));
  const numeric = values.map((column) => {
    const known = column.filter((value) => value !== null && value !== undefined);
    return known.length > 0 && known.every((value) => typeof value === 'number' || typeof value === 'bigint');
  });
  const cells = values.map((column) => column.map(cellText));
  const note = cutNote(table, count, columns.length);
  return {
    'text/html': toHtml(columns, cells, numeric, note),
    'text/plain': toPlain(columns, cells, numeric, note),
  };
}

/** Six significant digits, as few characters as show them. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(6)));
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return formatNumber(value);
  if (value instanceof Date) return value.toISOString();
  const text =
    typeof value === 'string'
      ? value
      : inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 6 });
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}

function cutNote(table: Table, rows: number, columns: number): string {
  const parts: string[] = [];
  if (table.numRows() > rows) parts.push(`${rows} of ${table.numRows()} rows`);
  if (table.numCols() > columns) parts.push(`${columns} of ${table.numCols()} columns`);
  return parts.length > 0 ? `${parts.join(' and ')} shown` : '';
}

function toHtml(columns: string[], cells: string[][], numeric: boolean[], note: string): string {
  const align = (column: number): string =>
    numeric[column] ? ' style="text-align: right"' : ' style="text-align: left"';
  const head = columns.map((name, i) => `<th${align(i)}>${escapeHtml(name)}</th>`).join('');
  const rows = (cells[0] ?? []).map(
    (_, row) =>
      `<tr>${cells.map((column, i) => `<td${align(i)}>${escapeHtml(column[row])}</td>`).join('')}</tr>`,
  );
  const table = `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
  return note === '' ? table : `${table}\n<p><em>${note}</em></p>`;
}

function toPlain(columns: string[], cells: string[][], numeric: boolean[], note: string): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...cells[i].map((text) => text.length)));
  const line = (texts: string[]): string =>
    texts
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rows = (cells[0] ?? []).map((_, row) => line(cells.map((column) => column[row])));
  return [
    line(columns),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows,
    ...(note ? [note] : []),
  ].join('\n');
}
