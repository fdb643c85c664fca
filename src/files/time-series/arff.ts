import { ended, labelOf, numbersOf, type TimeSeriesFile } from './series.js';

/**
 * The archives' files for Weka (`.arff`): an attribute a step and the class last; or, of several channels, one relational
 * attribute whose text has a channel a line. A shorter series is followed by missing values.
 * @throws RangeError  `readTimeSeries: a.arff, line 12: …`; for sparse rows
 */
export function parseArff(text: string, name: string): TimeSeriesFile {
  const attributes: string[] = [];
  const series: TimeSeriesFile['series'] = [];
  let [inData, nested] = [false, false];
  let classes: string[] | undefined;
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const where = `readTimeSeries: ${name}, line ${i + 1}`;
    if (line.trim() === '' || line.startsWith('%')) continue;
    if (inData) {
      series.push({ ...readRow(where, line, attributes), line: i + 1 });
      continue;
    }
    const [, key = '', rest = ''] = /^\s*@(\w+)\s*(.*)$/.exec(line) ?? [];
    if (/^end$/i.test(key)) nested = false;
    else if (/^attribute$/i.test(key) && !nested) {
      const type = rest.replace(/^('[^']*'|"[^"]*"|\S+)\s+/, '');
      nested = /^relational/i.test(type);
      attributes.push(nested ? 'relational' : type);
    } else if (/^data$/i.test(key)) {
      classes = classesOf(where, attributes);
      inData = true;
    }
  }
  if (!inData)
    throw new RangeError(`readTimeSeries: ${name}: expected @data and series after it, found none`);
  return { series, real: classes === undefined, ...(classes && { classes }) };
}

/** The names of the classes; undefined where the last attribute is a number to be learnt. */
function classesOf(where: string, attributes: readonly string[]): string[] | undefined {
  if (attributes.length > 1 && /^(numeric|real|integer)\b/i.test(attributes.at(-1) as string))
    return undefined;
  const [, names] = /^\{(.*)\}\s*$/.exec(attributes.at(-1) ?? '') ?? [];
  if (names === undefined || attributes.length < 2) {
    throw new RangeError(
      `${where}: the last attribute must be the class, as {name, name}, or a number, got ${attributes.at(-1) ?? 'none'}`,
    );
  }
  return cellsOf(where, names);
}

function readRow(where: string, line: string, attributes: readonly string[]) {
  if (line.trim().startsWith('{'))
    throw new RangeError(`${where}: sparse rows are not read (write every value)`);
  const cells = cellsOf(where, line);
  if (cells.length !== attributes.length) {
    throw new RangeError(
      `${where}: expected the ${attributes.length} values of @attribute, got ${cells.length}`,
    );
  }
  const label = labelOf(cells.pop() as string);
  const rows =
    attributes[0] === 'relational' ? cells[0].split(/\\n|\n/).map((row) => row.split(',')) : [cells];
  const channels = rows.map((row) => numbersOf(where, row));
  const uneven = channels.find((channel) => channel.length !== channels[0].length);
  if (uneven)
    throw new RangeError(`${where}: the channels have ${channels[0].length} and ${uneven.length} steps`);
  return { channels: ended(channels), ...(label !== undefined && { label }) };
}

/** Cells between commas; those in quotes may hold some. */
function cellsOf(where: string, line: string): string[] {
  const cells = [...line.matchAll(/\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,'"]*)\s*(,|$)/gy)];
  const read = cells.reduce((length, [whole]) => length + whole.length, 0);
  if (read !== line.length) throw new RangeError(`${where}: a quote stays open or is followed by more`);
  // The end of the line is found once more where no comma stood before it.
  const last = cells.findIndex(([, , end]) => end === '');
  return cells.slice(0, last + 1).map(([, cell]) => cell.trim().replace(/^(['"])(.*)\1$/s, '$2'));
}
