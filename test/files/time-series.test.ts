import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseArff } from '../../src/files/time-series/arff.js';
import { readTimeSeries } from '../../src/files/time-series/index.js';
import { parseTs } from '../../src/files/time-series/ts.js';

const folder = mkdtempSync(join(tmpdir(), 'time-series-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  const { series, classes } = readTimeSeries(path);
  return {
    classes,
    series: series.map(({ channels, ...rest }) => ({ ...rest, channels: channels.map((one) => [...one]) })),
  };
}
const data = process.env.SPIKINGSSM_DATA;

describe('.ts', () => {
  const head = '# a comment\n@problemName p\n@timeStamps false\n@classLabel true b a\n@data\n';

  it('of one channel, of several, of unequal lengths, with missing values', () => {
    expect(read('one.ts', `${head}1,2.5,-3e2:a\n\n4,?,6,NaN:b\n`)).toEqual({
      classes: ['b', 'a'],
      series: [
        { channels: [[1, 2.5, -300]], label: 'a', line: 6 },
        { channels: [[4, Number.NaN, 6, Number.NaN]], label: 'b', line: 8 },
      ],
    });
    expect(read('two.ts', `${head}1,2:3,4:a`).series[0].channels).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(read('packed.ts.gz', `${head}1,2:?`).series[0]).toEqual({ channels: [[1, 2]], line: 6 });
    expect(read('system.ts', head.replaceAll('\n', '\r\n').concat('1:a\r\n')).series).toHaveLength(1);
  });

  it.each<[string, string, RegExp]>([
    [
      'time stamps',
      head.replace('timeStamps false', 'timeStamps True'),
      /line 3: series with time stamps are not read/,
    ],
    ['stamps nobody announced', `${head}(0,1.5),(1,2.5):a`, /line 6: series with time stamps are not read/],
    ['a class of its own', `${head}1,2:c`, /line 6: the class "c" is not among those of @classLabel: b, a/],
    ['text', `${head}1,x:a`, /line 6: expected a number or \?, got "x" at step 1/],
    ['an empty place', `${head}1,,2:a`, /line 6: expected a number or \?, got "" at step 1/],
    ['a number beyond float32', `${head}1e39:a`, /got "1e39" at step 0/],
    ['no class', `${head}1`, /line 6: the class "1" is not among|line 6: expected a series and its class/],
    [
      'another number of channels',
      `@dimensions 2\n${head}1:a`,
      /expected the 2 channels of @dimensions, got 1/,
    ],
    ['no data', '@problemName p\n', /expected @data and series after it, found none/],
    ['no head', '1,2:a\n', /line 1: expected a line of the head/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => read('bad.ts', text)).toThrow(message);
    expect(() => read('bad.ts', text)).toThrow(/^readTimeSeries: /);
  });
});

describe('.tsv', () => {
  it('has its class first, and missing values behind a shorter series', () => {
    expect(read('a.tsv', '2\t1\t2\t3\n1\t4\tNaN\t6\n1\t7\tNaN\tNaN\n').series).toEqual([
      { label: '2', channels: [[1, 2, 3]], line: 1 },
      { label: '1', channels: [[4, Number.NaN, 6]], line: 2 },
      { label: '1', channels: [[7]], line: 3 },
    ]);
  });

  it('with a row of names is for tasks.csv', () => {
    expect(() => read('named.tsv', 'class\tt0\n1\t2\n')).toThrow(
      /line 1: .*got names \(a table with names is read by tasks\.csv/,
    );
  });
});

describe('.arff', () => {
  it('of one channel, and of several in a text', () => {
    const one =
      "% comment\n@relation r\n@attribute a numeric\n@attribute 'b c' real\n@attribute target {2, '1 x'}\n\n@data\n1,2,2\n3,?,'1 x'\n";
    expect(read('one.arff', one)).toEqual({
      classes: ['2', '1 x'],
      series: [
        { channels: [[1, 2]], label: '2', line: 8 },
        { channels: [[3]], label: '1 x', line: 9 },
      ],
    });
    const two =
      "@relation r\n@attribute bag relational\n@attribute a numeric\n@attribute b numeric\n@end bag\n@attribute c {x,y}\n@data\n'1,2\\n3,4',y\n";
    expect(read('two.arff', two).series).toEqual([
      {
        channels: [
          [1, 2],
          [3, 4],
        ],
        label: 'y',
        line: 8,
      },
    ]);
  });

  it.each<[string, string, RegExp]>([
    [
      'a sparse row',
      '@attribute a numeric\n@attribute b {x}\n@data\n{0 1, 1 x}',
      /line 4: sparse rows are not read/,
    ],
    [
      'too few values',
      '@attribute a numeric\n@attribute b {x}\n@data\nx',
      /line 4: expected the 2 values of @attribute, got 1/,
    ],
    ['an open quote', "@attribute a numeric\n@attribute b {x}\n@data\n'1,x", /line 4: a quote stays open/],
    [
      'channels of other lengths',
      "@attribute a relational\n@end a\n@attribute b {x}\n@data\n'1,2\\n3',x",
      /the channels have 2 and 1 steps/,
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => read('bad.arff', text)).toThrow(message);
  });
});

it('numbers to be learnt are told of', () => {
  expect(parseTs('@targetlabel true\n@data\n1,2:0.5\n', 'a.ts')).toMatchObject({
    real: true,
    series: [{ label: '0.5' }],
  });
  const arff = '@attribute a numeric\n@attribute b numeric\n@data\n1,2';
  expect(parseArff(arff, 'a.arff')).toMatchObject({ real: true, series: [{ label: '2' }] });
});

it('what is no UTF-8 text, or no archive, is refused', () => {
  writeFileSync(join(folder, 'latin.ts'), Buffer.from('@problemName Caf\xe9\n', 'latin1'));
  expect(() => readTimeSeries(join(folder, 'latin.ts'))).toThrow(
    /latin\.ts, line 1, byte 17: 0xe9 is not UTF-8/,
  );
  expect(() => readTimeSeries(join(folder, 'latin.ts'), 'latin1')).toThrow(/expected @data/);
  writeFileSync(join(folder, 'cut.ts.gz'), Uint8Array.of(0x1f, 0x8b, 8, 0));
  expect(() => readTimeSeries(join(folder, 'cut.ts.gz'))).toThrow(/the gzip data is damaged or cut short/);
  expect(() => readTimeSeries('a.txt')).toThrow(/must end in \.ts, \.tsv or \.arff/);
});

it.runIf(data)('the three forms of one set hold the same numbers (needs SPIKINGSSM_DATA)', () => {
  const [ts, tsv, arff] = ['ts', 'tsv', 'arff'].map((kind) =>
    readTimeSeries(join(data as string, 'ucr', `GunPoint_TRAIN.${kind}.gz`)).series.map(
      ({ channels, label }) => ({
        label,
        channels: channels.map((one) => [...one]),
      }),
    ),
  );
  expect(ts).toHaveLength(50);
  expect(tsv).toEqual(ts);
  expect(arff).toEqual(ts);
  const motions = ['ts', 'arff'].map((kind) =>
    readTimeSeries(join(data as string, 'ucr', `BasicMotions_TRAIN.${kind}.gz`)),
  );
  expect(motions[0].series.map(({ channels }) => channels.length)).toEqual(new Array(40).fill(6));
  const numbers = motions.map(({ series }) =>
    series.map(({ channels, label }) => [label, ...channels.map((one) => [...one])]),
  );
  expect(numbers[1]).toEqual(numbers[0]);
});
