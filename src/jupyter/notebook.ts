import { readFileSync } from 'node:fs';
import { writeWhole } from '../files/write-whole.js';
import type { MimeBundle } from './output.js';
import { type Problem, validateNotebook } from './validate-notebook.js';

/** A notebook file in nbformat 4.5; texts are whole strings here and lists of lines in the file. */
export interface Notebook {
  cells: Cell[];
  metadata: NotebookMetadata;
  nbformat: 4;
  nbformat_minor: number;
}

export interface NotebookMetadata {
  kernelspec?: { name: string; display_name: string; language?: string };
  language_info?: { name: string; version?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export type Cell = CodeCell | TextCell;

export interface CodeCell {
  cell_type: 'code';
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  execution_count: number | null;
  outputs: SavedOutput[];
}

export interface TextCell {
  cell_type: 'markdown' | 'raw';
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  attachments?: Record<string, MimeBundle>;
}

/** An output as a notebook file holds it. */
export type SavedOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data'; data: MimeBundle; metadata: Record<string, unknown> }
  | {
      output_type: 'execute_result';
      execution_count: number | null;
      data: MimeBundle;
      metadata: Record<string, unknown>;
    }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

/**
 * Reads a notebook. Cells without an id (nbformat before 4.5) get one.
 * @throws Error      when the file cannot be read
 * @throws TypeError  `readNotebook: PATH: cells[3].source must be …, got …`
 */
export function readNotebook(path: string): Notebook {
  return parseNotebook(readText(path), path);
}

/** The notebook in a text; `name` is for messages. @throws TypeError as `readNotebook` */
export function parseNotebook(text: string, name = 'notebook'): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(
      `readNotebook: ${name} must be a notebook file (JSON), got other text (${(error as Error).message})`,
    );
  }
  const problem = validateNotebook(value);
  if (problem) throw invalid(name, problem);
  const notebook = joinLines(value) as Notebook;
  for (const [index, cell] of notebook.cells.entries()) cell.id ??= freshId(notebook, index);
  return { ...notebook, nbformat_minor: Math.max(5, notebook.nbformat_minor) };
}

/**
 * Writes a notebook as Jupyter does: lists of lines, one blank of indentation.
 * @throws TypeError  when the notebook would not be a valid file
 */
export function writeNotebook(path: string, notebook: Notebook): void {
  const file = splitLines(notebook);
  const problem = validateNotebook(file);
  if (problem) throw invalid(path, problem, 'writeNotebook');
  writeWhole(path, [`${JSON.stringify(file, undefined, 1)}\n`]);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`readNotebook: cannot read ${path} (${(error as Error).message})`, { cause: error });
  }
}

function invalid(name: string, { path, expected, got }: Problem, where = 'readNotebook'): TypeError {
  return new TypeError(`${where}: ${name}: ${path} must be ${expected}, got ${got}`);
}

function freshId(notebook: Notebook, index: number): string {
  const taken = new Set(notebook.cells.map((cell) => cell.id));
  let id = `cell-${index + 1}`;
  while (taken.has(id)) id += '-';
  return id;
}

/** MIME types whose content is data, not text. */
const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');

function joinLines(value: unknown): unknown {
  return mapTexts(value, (text) => (Array.isArray(text) ? text.join('') : text));
}

function splitLines(value: unknown): unknown {
  return mapTexts(value, (text) =>
    typeof text === 'string' ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : text,
  );
}

/** Applies `change` to every text that nbformat lets be a list of lines. */
function mapTexts(value: unknown, change: (text: unknown) => unknown): unknown {
  const notebook = value as Notebook;
  const bundle = (data: MimeBundle): MimeBundle =>
    Object.fromEntries(
      Object.entries(data).map(([type, content]) => [type, isJson(type) ? content : change(content)]),
    );
  const output = (one: SavedOutput): SavedOutput => {
    if (one.output_type === 'stream') return { ...one, text: change(one.text) as string };
    return 'data' in one ? { ...one, data: bundle(one.data) } : one;
  };
  const cells = notebook.cells.map((cell) => {
    const source = change(cell.source) as string;
    return cell.cell_type === 'code'
      ? { ...cell, source, outputs: cell.outputs.map(output) }
      : { ...cell, source };
  });
  return { ...notebook, cells };
}
