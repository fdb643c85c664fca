import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CodeCell, readNotebook } from '../../src/jupyter/notebook.js';
import type { Output } from '../../src/jupyter/output.js';
import { type RunNotebookResult, runNotebook } from '../../src/jupyter/run-notebook.js';
import { temporaryFolder } from '../temporary.js';

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', `${name}.ipynb`);
const codeCells = (path: string): CodeCell[] =>
  readNotebook(path).cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');

describe('a notebook that works', () => {
  const titles: string[] = [];
  const shown: Output[] = [];
  let result: RunNotebookResult;
  let cells: CodeCell[];
  let page: string;

  beforeAll(async () => {
    result = await runNotebook(fixture('good'), {
      outDir: temporaryFolder('run'),
      onCell: ({ title }) => titles.push(title),
      onOutput: (output) => shown.push(output),
    });
    cells = codeCells(result.notebookPath);
    page = readFileSync(result.pagePath, 'utf8');
  });

  test('runs the cells in order and counts those that hold code', () => {
    expect(result.failure).toBe(undefined);
    expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3, null, 4, 5]);
    expect(cells[0].outputs).toMatchObject([{ output_type: 'execute_result', data: { 'text/plain': '3' } }]);
    expect(titles.slice(0, 2)).toEqual(['Imports', 'A display that is updated in place']);
    expect(shown.some((output) => output.type === 'update_display_data')).toBe(true);
  });

  test('a display is kept in its last state, in the cell where it was first shown', () => {
    expect(cells[1].outputs).toEqual([
      { output_type: 'display_data', data: { 'text/plain': 'step 3/3' }, metadata: {} },
      { output_type: 'stream', name: 'stdout', text: 'between <b>\n' },
    ]);
    expect(cells[2].outputs).toMatchObject([{ data: { 'text/html': expect.stringContaining('<table>') } }]);
  });

  test('says that it is TypeScript', () => {
    expect(readNotebook(result.notebookPath).metadata).toMatchObject({
      kernelspec: { display_name: 'TypeScript', language: 'typescript' },
      language_info: { name: 'typescript', file_extension: '.ts', version: expect.stringMatching(/^\d/) },
    });
  });

  test('the page holds everything it needs, plotly once', () => {
    expect(page).toContain('<title>Fixture &amp; more</title>');
    expect(page.match(/Plotly\.newPlot\(/g)).toHaveLength(1);
    expect(page.match(/<script type="application\/json">/g)).toHaveLength(2);
    expect(page).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)="(?!data:)/);
    // Every script element that opens also closes, in spite of the title of the figure.
    expect(page.match(/<script/g)).toHaveLength(page.match(/<\/script>/g)!.length);
  });

  test('the page shows text, formulas, code and printed text as such', () => {
    expect(page).toContain('<math');
    expect(page.slice(0, page.indexOf('</main>'))).not.toContain('$$');
    expect(page).toContain('<span class="hljs-keyword">import</span>');
    expect(page).toContain('between &lt;b&gt;');
    expect(page).toContain('data:image/svg+xml;base64,');
  });

  const python = process.env.NBFORMAT_PYTHON ?? 'python3';
  const importable = spawnSync(python, ['-c', 'import nbformat']).status === 0;
  test.skipIf(!importable)(
    'is valid for Jupyter’s own validator (where a Python with nbformat is at hand)',
    () => {
      const check = 'import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], as_version=4))';
      const { status, stderr } = spawnSync(python, ['-c', check, result.notebookPath], { encoding: 'utf8' });
      expect(stderr).not.toMatch(/Error/);
      expect(status).toBe(0);
    },
  );
});

describe('a notebook that fails', () => {
  test('stops at the cell that throws, names its line and writes what was done', async () => {
    const result = await runNotebook(fixture('throws'), { outDir: temporaryFolder('run') });
    expect(result.failure).toMatchObject({ cell: 2, line: 6, error: { ename: 'TypeError' } });
    const cells = codeCells(result.notebookPath);
    expect(cells.map((cell) => cell.outputs.map((output) => output.output_type))).toEqual([
      ['stream'],
      ['error'],
      [],
    ]);
    expect(cells[2].execution_count).toBe(null);
    expect(readFileSync(result.pagePath, 'utf8')).not.toContain('Plotly.newPlot');
  });

  test('a type error names cell and line', async () => {
    const result = await runNotebook(fixture('type-error'), { outDir: temporaryFolder('run') });
    expect(result.failure).toMatchObject({
      cell: 2,
      line: 2,
      error: { evalue: "TS2322: Type 'number' is not assignable to type 'string'." },
    });
  });

  test('a stopped run ends with the cell that was running', async () => {
    const stop = new AbortController();
    const outDir = temporaryFolder('run');
    const result = await runNotebook(fixture('good'), {
      outDir,
      signal: stop.signal,
      onCell: ({ index }) => index === 1 && stop.abort(),
    });
    expect(result.failure).toMatchObject({ cell: 2, error: { ename: 'Stopped' } });
  });
});
