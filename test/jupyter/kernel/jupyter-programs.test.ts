import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyFixture, jupyterEnvironment, python, runPython } from './python.js';

interface SavedCell {
  cell_type: string;
  execution_count: number | null;
  outputs: { output_type: string; [key: string]: unknown }[];
  metadata: Record<string, unknown>;
}

const codeCells = (path: string): SavedCell[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as { cells: SavedCell[] }).cells.filter(
    ({ cell_type }) => cell_type === 'code',
  );
const counts = (path: string): unknown[] => codeCells(path).map((cell) => cell.execution_count);

describe.skipIf(!python)("Jupyter's own programs", { timeout: 300_000 }, () => {
  let env: NodeJS.ProcessEnv;
  /** Inside the package, where `import … from 'spikingssm'` finds it. */
  let work: string;

  beforeAll(() => {
    env = jupyterEnvironment();
    work = mkdtempSync(join(import.meta.dirname, '..', 'fixtures', 'run-'));
  });
  afterAll(() => {
    rmSync(work, { recursive: true });
  });

  test('jupyter_kernel_test passes with nothing skipped but the pager', () => {
    const { status, text } = runPython([join(import.meta.dirname, 'kernel_test.py'), '-v'], env);
    expect(text).toMatch(/Ran 12 tests/);
    expect(text).toMatch(/^OK \(skipped=1\)/m);
    expect(text).toMatch(/test_pager.* skipped/);
    expect(status).toBe(0);
  });

  const execute = (path: string, ...more: string[]) =>
    runPython(
      [
        '-m',
        'nbconvert',
        '--to',
        'notebook',
        '--execute',
        '--inplace',
        '--ExecutePreprocessor.kernel_name=typescript',
        ...more,
        path,
      ],
      env,
    );

  test('nbconvert --execute runs a good notebook', () => {
    const path = copyFixture('good', work);
    expect(execute(path)).toMatchObject({ status: 0 });
    expect(counts(path)).toEqual([1, 2, 3, null, 4, 5]);
    expect(codeCells(path)[0].outputs).toMatchObject([
      { output_type: 'execute_result', execution_count: 1, data: { 'text/plain': ['3'] } },
    ]);
  });

  test('nbconvert --execute names the error and fails; with --allow-errors it goes on', () => {
    const path = copyFixture('throws', work);
    const failed = execute(path);
    expect(failed.status).not.toBe(0);
    expect(failed.text).toMatch(/Error: /);
    expect(execute(path, '--allow-errors').status).toBe(0);
    const outputs = codeCells(path).flatMap((cell) => cell.outputs);
    expect(outputs.find(({ output_type }) => output_type === 'error')).toMatchObject({
      ename: expect.stringMatching(/Error$/),
      traceback: expect.any(Array),
    });
    expect(counts(path).every((count) => count !== null)).toBe(true);
  });

  const papermill = (path: string, to: string) =>
    runPython(
      ['-m', 'papermill', '--kernel', 'typescript', '--cwd', work, '--no-progress-bar', path, to],
      env,
    );

  test('papermill runs a good notebook', () => {
    const to = join(work, 'good-out.ipynb');
    expect(papermill(copyFixture('good', work), to)).toMatchObject({ status: 0 });
    expect(counts(to).at(-1)).toBe(5);
    expect(
      codeCells(to).every(
        ({ metadata }) => (metadata.papermill as { exception: unknown }).exception !== true,
      ),
    ).toBe(true);
  });

  test('papermill writes a failing notebook up to its error, and marks the cell', () => {
    const to = join(work, 'throws-out.ipynb');
    const { status, text } = papermill(copyFixture('throws', work), to);
    expect(status).not.toBe(0);
    expect(text).toMatch(/PapermillExecutionError/);
    const failing = codeCells(to).findIndex(({ outputs }) =>
      outputs.some(({ output_type }) => output_type === 'error'),
    );
    expect(failing).toBeGreaterThan(0);
    expect((codeCells(to)[failing].metadata.papermill as { exception: unknown }).exception).toBe(true);
    for (const after of codeCells(to).slice(failing + 1)) expect(after.execution_count).toBe(null);
  });
});
