import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SavedOutput } from '../../src/jupyter/notebook.js';
import { type Notebook, parseNotebook, readNotebook, writeNotebook } from '../../src/jupyter/notebook.js';
import { outputLog } from '../../src/jupyter/output-log.js';
import { temporaryFolder } from '../temporary.js';

const code = { cell_type: 'code', id: 'a', metadata: {}, source: '1', outputs: [], execution_count: null };
const text = (cells: unknown[], rest: object = {}): string =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...rest });

describe('reading', () => {
  test('lists of lines become text, missing ids are made, data stays data', () => {
    const cells = [
      { cell_type: 'markdown', metadata: {}, source: ['# A\n', 'b'] },
      {
        ...code,
        id: undefined,
        outputs: [
          {
            output_type: 'display_data',
            data: { 'text/plain': ['a\n', 'b'], 'application/json': ['x', 'y'] },
            metadata: {},
          },
        ],
      },
    ];
    const notebook = parseNotebook(text(cells, { nbformat_minor: 2 }));
    expect(notebook.nbformat_minor).toBe(5);
    expect(notebook.cells.map(({ id, source }) => [id, source])).toEqual([
      ['cell-1', '# A\nb'],
      ['cell-2', '1'],
    ]);
    expect(notebook.cells[1]).toMatchObject({
      outputs: [{ data: { 'text/plain': 'a\nb', 'application/json': ['x', 'y'] } }],
    });
  });

  test.each([
    ['no JSON', 'nothing', /must be a notebook file \(JSON\), got other text/],
    ['an older format', text([], { nbformat: 3 }), /nb: nbformat must be 4, got 3/],
    [
      'no cells',
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {} }),
      /cells must be a list, got nothing/,
    ],
    ['a list', '[]', /notebook must be an object, got \[\]/],
    [
      'an unknown cell',
      text([{ ...code, cell_type: 'heading' }]),
      /cells\[0\]\.cell_type must be one of code, /,
    ],
    [
      'a source that is a number',
      text([{ ...code, source: 3 }]),
      /cells\[0\]\.source must be text or a list of lines, got 3/,
    ],
    ['no id', text([{ ...code, id: undefined }]), /cells\[0\]\.id must be 1 to 64 letters, .*got nothing/],
    ['an id twice', text([code, code]), /cells\[1\]\.id must be unique, got "a" a second time/],
    [
      'an output with a key too many',
      text([{ ...code, outputs: [{ output_type: 'stream', name: 'stdout', text: '', transient: {} }] }]),
      /cells\[0\]\.outputs\[0\]\.transient must be absent/,
    ],
    [
      'a stream of another name',
      text([{ ...code, outputs: [{ output_type: 'stream', name: 'out', text: '' }] }]),
      /outputs\[0\]\.name must be one of stdout, stderr, got "out"/,
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => parseNotebook(file, 'nb')).toThrow(message);
  });

  test('a missing file is named', () => {
    expect(() => readNotebook('/no/such.ipynb')).toThrow('readNotebook: cannot read /no/such.ipynb');
  });
});

test('writing and reading again gives the same notebook; texts are lists of lines in the file', () => {
  const path = join(temporaryFolder('notebook'), 'n.ipynb');
  const outputs: SavedOutput[] = [
    { output_type: 'stream', name: 'stdout', text: 'a\n\nb' },
    { output_type: 'error', ename: 'E', evalue: '', traceback: ['x', 'y'] },
    {
      output_type: 'execute_result',
      execution_count: 1,
      data: { 'text/plain': '', 'application/vnd.plotly.v1+json': { data: [] } },
      metadata: {},
    },
  ];
  const notebook: Notebook = parseNotebook(text([{ ...code, source: 'a\nb\n', outputs }]));
  writeNotebook(path, notebook);
  expect(readNotebook(path)).toEqual(notebook);
  const file = JSON.parse(readFileSync(path, 'utf8'));
  expect(file.cells[0].source).toEqual(['a\n', 'b\n']);
  expect(file.cells[0].outputs[0].text).toEqual(['a\n', '\n', 'b']);
  notebook.cells.push(notebook.cells[0]);
  expect(() => writeNotebook(path, notebook)).toThrow(/writeNotebook: .*cells\[1\]\.id must be unique/);
});

describe('kept outputs', () => {
  test('an update changes the display where it stands, in an earlier cell too', () => {
    const log = outputLog();
    const [first, second]: SavedOutput[][] = [[], []];
    const show = (n: number, type: 'display_data' | 'update_display_data') =>
      ({ type, data: { 'text/plain': `${n}` }, metadata: {}, transient: { display_id: 'p' } }) as const;
    const one = log.into(first);
    const two = log.into(second);
    one(show(1, 'display_data'));
    one({ type: 'stream', name: 'stdout', text: 'a' });
    one(show(2, 'update_display_data'));
    two(show(3, 'update_display_data'));
    two({ ...show(9, 'update_display_data'), transient: { display_id: 'unknown' } });
    expect(first).toEqual([
      { output_type: 'display_data', data: { 'text/plain': '3' }, metadata: {} },
      { output_type: 'stream', name: 'stdout', text: 'a' },
    ]);
    expect(second).toEqual([]);
  });

  test('printed text is joined by stream; clearing waits where it is told to', () => {
    const outputs: SavedOutput[] = [];
    const keep = outputLog().into(outputs);
    keep({ type: 'stream', name: 'stdout', text: 'a' });
    keep({ type: 'stream', name: 'stdout', text: 'b' });
    keep({ type: 'stream', name: 'stderr', text: 'c' });
    expect(outputs.map((output) => 'text' in output && output.text)).toEqual(['ab', 'c']);
    keep({ type: 'clear_output', wait: true });
    expect(outputs).toHaveLength(2);
    keep({ type: 'stream', name: 'stdout', text: 'd' });
    expect(outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: 'd' }]);
    keep({ type: 'clear_output', wait: false });
    expect(outputs).toEqual([]);
  });

  test('endless printing is cut with a note', () => {
    const outputs: SavedOutput[] = [];
    const keep = outputLog().into(outputs);
    for (let i = 0; i < 30; i++) keep({ type: 'stream', name: 'stdout', text: 'x'.repeat(100_000) });
    expect(outputs).toHaveLength(2);
    expect(outputs[0]).toMatchObject({ text: 'x'.repeat(1_000_000) });
    expect(outputs[1]).toMatchObject({ name: 'stderr', text: expect.stringContaining('1000000 characters') });
  });
});
