import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeCell, readNotebook } from '../../src/jupyter/notebook.js';

const root = join(import.meta.dirname, '..', '..');
const notebooks = readdirSync(join(root, 'notebooks')).filter((name) => name.endsWith('.ipynb'));
const codeCells = (name: string): CodeCell[] =>
  readNotebook(join(root, 'notebooks', name)).cells.filter(
    (cell): cell is CodeCell => cell.cell_type === 'code',
  );

/** Run by tests of their own. */
const elsewhere = ['09-your-own-data.ipynb'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'notebooks-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a notebook as a user does, at scale tiny, with no result of an earlier run. */
function run(name: string): Promise<{ status: number | null; errors: string }> {
  const env = { ...process.env, SPIKINGSSM_SCALE: 'tiny', SPIKINGSSM_RUNS: join(folder, 'runs') };
  const program = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [program, 'run', join('notebooks', name), '--out', folder], {
    cwd: root,
    env,
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, errors }));
  });
}

describe.each(notebooks)('%s', (name) => {
  it('is committed with outputs, none of them an error', () => {
    const cells = codeCells(name);
    expect(cells.map(({ execution_count }) => execution_count)).toEqual(cells.map((_, i) => i + 1));
    const kinds = new Set(cells.flatMap(({ outputs }) => outputs.map(({ output_type }) => output_type)));
    expect(kinds).not.toContain('error');
    expect(kinds).toContain('execute_result');
  });

  it('has a check that can fail, and ends with where its numbers come from', () => {
    const cells = codeCells(name);
    expect(cells.some(({ source }) => source.includes('throw new Error('))).toBe(true);
    expect(cells[cells.length - 1].source).toContain('provenance(');
  });

  // Every check of a notebook throws where it fails, and the run with it.
  it.skipIf(elsewhere.includes(name))('runs at scale tiny', { timeout: 600_000 }, async () => {
    const { status, errors } = await run(name);
    expect(status, errors).toBe(0);
  });
});
