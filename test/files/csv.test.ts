import { describe, expect, it, test } from 'vitest';
import { parseCsv } from '../../src/files/csv.js';

const parsed = (text: string, delimiter?: string) => parseCsv('f', text, 'FILE', delimiter);

describe('parseCsv', () => {
  test.each([
    [',', 'a,b\n1,2'],
    [';', 'a;b\n0,5;1,2'],
    ['\t', 'a\tb\n0,5\t1'],
    ['|', '"a, really"|b\n1|2'],
  ])('finds the delimiter %j', (delimiter, text) => {
    const table = parsed(text);
    expect(table.delimiter).toBe(delimiter);
    expect(table.columns).toHaveLength(2);
    expect(table.rows).toHaveLength(1);
  });

  it('says which delimiter the first row has where rows do not fit', () => {
    expect(() => parsed('a,x;b\n1;2')).toThrow('(is the delimiter ";"? pass delimiter)');
    expect(() => parsed('a,b\n1,2,3')).toThrow(/^f: FILE: Invalid Record Length/);
  });

  it('names columns in one way, whatever the normal form', () => {
    expect(parsed('e\u0301 , b\n1,2').columns).toEqual(['\u00e9', 'b']);
    expect(() => parsed('é,e\u0301\n1,2')).toThrow('two columns are named "é"');
  });
});
