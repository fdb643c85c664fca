import { readText } from '../text.js';
import { parseArff } from './arff.js';
import type { TimeSeriesFile } from './series.js';
import { parseTs } from './ts.js';
import { hasHeader, parseTsv } from './tsv.js';

export type { TimeSeries, TimeSeriesFile } from './series.js';

const PARSERS: Readonly<Record<string, (text: string, name: string) => TimeSeriesFile>> = {
  ts: parseTs,
  tsv: parseTsv,
  arff: parseArff,
};

/** Whether a file's name is that of an archive's format, gzipped or not. */
export function isTimeSeriesName(path: string): boolean {
  return /\.(ts|tsv|arff)(\.gz)?$/i.test(path);
}

/** Whether a `.tsv` is a table with names in its first row. */
export function isNamedTable(path: string): boolean {
  return /\.tsv(\.gz)?$/i.test(path) && hasHeader(readText('readTimeSeries', path));
}

/**
 * Reads a file of the UCR and UEA archives by its name's end: `.ts`, `.tsv` or `.arff`, gzipped or not.
 * @param encoding  as `decodeText` takes it
 * @throws RangeError  `readTimeSeries: FILE, line 12: …`
 * Formats: Dau et al. 2018, arXiv 1810.07758; Bagnall et al. 2018, arXiv 1811.00075.
 */
export function readTimeSeries(path: string, encoding?: string): TimeSeriesFile {
  const [, kind = ''] = /\.(\w+?)(?:\.gz)?$/i.exec(path) ?? [];
  const parse = PARSERS[kind.toLowerCase()];
  if (!parse)
    throw new RangeError(`readTimeSeries: ${path} must end in .ts, .tsv or .arff (or .gz after it)`);
  return parse(readText('readTimeSeries', path, encoding), path);
}
