import { labelOf, numbersOf, type TimeSeriesFile } from './series.js';

/** What the head of a file says. */
interface Head {
  classes?: string[];
  labelled: boolean;
  real: boolean;
  dimensions?: number;
}

/**
 * The format of the UEA archive (`.ts`): a head of `@` lines, then a series a line, its channels and its class between colons.
 * @throws RangeError  `readTimeSeries: a.ts, line 12: …`; for series with time stamps
 */
export function parseTs(text: string, name: string): TimeSeriesFile {
  const lines = text.split(/\r\n|\n|\r/);
  const head: Head = { labelled: false, real: false };
  const series: TimeSeriesFile['series'] = [];
  let inData = false;
  for (const [i, line] of lines.entries()) {
    const where = `readTimeSeries: ${name}, line ${i + 1}`;
    if (line.trim() === '' || /^[#%]/.test(line)) continue;
    if (!inData && line.startsWith('@')) inData = readHead(where, line, head);
    else if (inData) series.push({ ...readSeries(where, line, head), line: i + 1 });
    else
      throw new RangeError(
        `${where}: expected a line of the head that begins with @, or @data, got ${shown(line)}`,
      );
  }
  if (!inData)
    throw new RangeError(`readTimeSeries: ${name}: expected @data and series after it, found none`);
  return { series, real: head.real, ...(head.classes && { classes: head.classes }) };
}

/** @returns whether the data follow */
function readHead(where: string, line: string, head: Head): boolean {
  const [key, ...words] = line.trim().split(/\s+/);
  const isTrue = /^true$/i.test(words[0] ?? '');
  switch (key.toLowerCase()) {
    case '@data':
      return true;
    case '@timestamps':
      if (isTrue)
        throw new RangeError(
          `${where}: series with time stamps are not read (make them steps of equal time, without stamps)`,
        );
      return false;
    case '@targetlabel':
      head.labelled = isTrue;
      head.real = isTrue;
      return false;
    case '@classlabel':
      head.labelled = isTrue;
      if (isTrue && words.length > 1) head.classes = words.slice(1);
      return false;
    case '@dimensions':
    case '@dimension':
      head.dimensions = Number(words[0]);
      return false;
    default:
      return false;
  }
}

function readSeries(where: string, line: string, { classes, labelled, dimensions }: Head) {
  if (line.includes('(')) {
    throw new RangeError(
      `${where}: series with time stamps are not read (make them steps of equal time, without stamps)`,
    );
  }
  const parts = line.split(':');
  const label = labelled ? labelOf(parts.pop() as string) : undefined;
  if (label !== undefined && classes && !classes.includes(label)) {
    throw new RangeError(
      `${where}: the class "${label}" is not among those of @classLabel: ${classes.join(', ')}`,
    );
  }
  if (parts.length === 0)
    throw new RangeError(`${where}: expected a series and its class between colons, got ${shown(line)}`);
  const channels = parts.map((part) => numbersOf(where, part.split(',')));
  if (dimensions !== undefined && channels.length !== dimensions) {
    throw new RangeError(
      `${where}: expected the ${dimensions} channels of @dimensions, got ${channels.length}`,
    );
  }
  return { channels, ...(label !== undefined && { label }) };
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 40));
}
