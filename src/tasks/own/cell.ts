/** The sign between whole and fraction. */
export type Decimal = '.' | ',';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What a table writes for a value that is not there. Words such as `none` are classes of many data sets. */
const MISSING = /^(|n\/?a|#n\/a|-?nan|<na>|\?)$/i;

/** The number that a cell holds; NaN for anything else, hexadecimal and infinite ones included. */
export function numberIn(text: string, decimal: Decimal = '.'): number {
  const trimmed = text.trim();
  if (decimal === ',' && trimmed.includes('.')) return Number.NaN;
  const written = decimal === ',' ? trimmed.replace(',', '.') : trimmed;
  return NUMBER.test(written) ? Number(written) : Number.NaN;
}

/** Whether a cell says that its value is missing. */
export function isMissing(text: string): boolean {
  return MISSING.test(text.trim());
}

/** What to do about a cell that holds no number. */
export function remedyFor(text: string, decimal: Decimal): string {
  const trimmed = text.trim();
  if (isMissing(trimmed)) return 'a value is missing: fill it, or leave the row out';
  if (/^[+-]?\d{1,3}([ .,'’\u00a0\u202f]\d{3})+([.,]\d+)?$/.test(trimmed) && decimal === '.') {
    return "thousands apart? write plain numbers; a decimal comma? pass decimal: ','";
  }
  if (decimal === '.' && /^[+-]?\d*,\d+(e[+-]?\d+)?$/i.test(trimmed))
    return "a decimal comma? pass decimal: ','";
  if (decimal === ',' && /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i.test(trimmed))
    return 'a decimal point? leave decimal out';
  if (/^(true|false|yes|no)$/i.test(trimmed)) return 'write 1 and 0';
  return 'leave the column out by features, or write numbers';
}
