import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type CodeCell, readNotebook } from '../../src/jupyter/notebook.js';

const root = join(import.meta.dirname, '..', '..');
const notebook = join(root, 'notebooks', '09-your-own-data.ipynb');
const out = mkdtempSync(join(tmpdir(), 'own-data-'));
afterAll(() => rmSync(out, { recursive: true }));

const codeCells = (path: string): CodeCell[] =>
  readNotebook(path).cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
const linesOf = ({ source }: CodeCell) => [source].flat().join('').split('\n');

it('runs at tiny scale, from an empty folder to a trained network, and cleans up', () => {
  const temporary = join(out, 'tmp');
  mkdirSync(temporary);
  const env = { ...process.env, SPIKINGSSM_SCALE: 'tiny', TMPDIR: temporary };
  const program = join(root, 'dist', 'cli', 'main.js');
  const { status, stderr } = spawnSync(process.execPath, [program, 'run', notebook, '--out', out], {
    encoding: 'utf8',
    env,
  });
  expect(stderr).toMatch(/Done in [\d.]+ s\. Written: /);
  expect(status).toBe(0);
  const text = JSON.stringify(codeCells(join(out, '09-your-own-data.ipynb')).map(({ outputs }) => outputs));
  expect(text).toContain('Classes arch, fall, rise; to train, validate and test: 21, 3, 6 calls');
  expect(text).toContain('csv: 2 classes, up to 2 steps of 2');
  expect(readdirSync(temporary).filter((name) => name.startsWith('calls-'))).toEqual([]);
});

it('is committed with its outputs; what a user has to write is under 20 lines, and no cell is longer', () => {
  const cells = codeCells(notebook);
  for (const cell of cells) {
    expect(linesOf(cell).length).toBeLessThanOrEqual(15);
    expect(cell.execution_count).not.toBe(null);
  }
  const outputs = JSON.stringify(cells.map((cell) => cell.outputs));
  expect(outputs).toMatch(/Test accuracy \d+\.\d %, chance 33\.3 %/);
});
