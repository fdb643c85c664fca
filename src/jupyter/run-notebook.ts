import { basename, dirname, join, resolve } from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import { createEngine } from './engine.js';
import { notebookPage } from './html-page.js';
import { type CodeCell, type Notebook, readNotebook, writeNotebook } from './notebook.js';
import type { ErrorOutput, Output } from './output.js';
import { outputLog } from './output-log.js';

export interface RunNotebookOptions {
  /** Folder for the executed notebook and the page. Default: `out` beside the notebook. */
  outDir?: string;
  /** Called when a cell begins; `index` counts the code cells that have ended. */
  onCell?: (event: { index: number; total: number; title: string }) => void;
  /** Called with every output of the running cells, as it comes. */
  onOutput?: (output: Output) => void;
  /** Stops the running cell and ends the run; what was done so far is written. */
  signal?: AbortSignal;
}

export interface RunNotebookResult {
  notebookPath: string;
  pagePath: string;
  /** The cell that failed, if one did: its number in brackets, the line of its source, the error. */
  failure?: { cell: number; line?: number; error: ErrorOutput };
}

/**
 * Runs a notebook's cells in order, on the engine that also serves Jupyter, and writes the executed notebook and
 * a page that needs nothing else. Stops at the first cell that fails; what ran until then is written all the same.
 * @throws TypeError, Error  when the notebook cannot be read or the results cannot be written
 */
export async function runNotebook(
  path: string,
  options: RunNotebookOptions = {},
): Promise<RunNotebookResult> {
  const source = resolve(path);
  const notebook = readNotebook(source);
  const outDir = resolve(options.outDir ?? join(dirname(source), 'out'));
  const name = basename(source).replace(/\.ipynb$/, '');
  const notebookPath = join(outDir, `${name}.ipynb`);
  const pagePath = join(outDir, `${name}.html`);
  const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
  for (const cell of cells) Object.assign(cell, { outputs: [], execution_count: null });

  const engine = createEngine({ directory: dirname(source) });
  const log = outputLog();
  let failure: RunNotebookResult['failure'];
  try {
    describeLanguage(notebook, engine.languageVersion);
    let count = 0;
    for (const [index, cell] of cells.entries()) {
      if (cell.source.trim() === '') continue;
      options.onCell?.({ index, total: cells.length, title: titleOf(cell.source) });
      cell.execution_count = ++count;
      const keep = log.into(cell.outputs);
      const result = await engine.execute(cell.source, {
        executionCount: count,
        signal: options.signal,
        onOutput: (output) => {
          keep(output);
          options.onOutput?.(output);
        },
      });
      writeNotebook(notebookPath, notebook);
      if (result.status === 'ok') continue;
      failure = { cell: count, line: result.line, error: result.error };
      break;
    }
  } finally {
    engine.close();
  }
  writeNotebook(notebookPath, notebook);
  writeWhole(pagePath, [notebookPage(notebook, { title: name })]);
  return { notebookPath, pagePath, failure };
}

/** What a cell is about: its first comment, or else its first line. */
function titleOf(source: string): string {
  const lines = source.split('\n').map((line) => line.trim());
  const comment = lines.find((line) => line.startsWith('//'));
  const title = (comment ?? lines.find((line) => line !== '') ?? '').replace(/^\/+\s*/, '');
  return title.length > 60 ? `${title.slice(0, 59)}…` : title;
}

/** The file says what it is written in, so that every viewer colours it as TypeScript. */
function describeLanguage(notebook: Notebook, version: string): void {
  const { metadata } = notebook;
  metadata.kernelspec ??= { name: 'typescript', display_name: 'TypeScript', language: 'typescript' };
  metadata.language_info = {
    name: 'typescript',
    version,
    file_extension: '.ts',
    mimetype: 'text/typescript',
    codemirror_mode: 'typescript',
    pygments_lexer: 'typescript',
  };
}
