import { ended, labelOf, numbersOf, type TimeSeriesFile } from './series.js';

/** Whether the text is a table with names in its first row, and no archive's. */
export function hasHeader(text: string): boolean {
  const [, second = ''] = text.slice(0, text.search(/[\r\n]|$/)).split('\t');
  return second.trim() !== '?' && !/^nan$/i.test(second.trim()) && !Number.isFinite(Number(second));
}

/**
 * The format of the UCR archive (`.tsv`): a series a line, its class first, then its numbers between tabs, without a row of
 * names. A shorter series is followed by missing values.
 * @throws RangeError  `readTimeSeries: a.tsv, line 3: …`
 */
export function parseTsv(text: string, name: string): TimeSeriesFile {
  if (hasHeader(text)) {
    throw new RangeError(
      `readTimeSeries: ${name}, line 1: expected a class and numbers between tabs, got names (a table with names is read by ` +
        "tasks.csv with delimiter: '\\t')",
    );
  }
  const series = text.split(/\r\n|\n|\r/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [label, ...cells] = line.split('\t');
    const where = `readTimeSeries: ${name}, line ${i + 1}`;
    const channels = ended([numbersOf(where, cells)]);
    return [{ channels, label: labelOf(label), line: i + 1 }];
  });
  return { series };
}
