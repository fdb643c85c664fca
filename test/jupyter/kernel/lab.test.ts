import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, type Notebook, startLab } from './lab-page.js';
import { chromium, jupyterEnvironment, python } from './python.js';

if (python && !chromium) console.warn('There is no Chromium: the tests in JupyterLab are skipped');

const SLEEP = 'const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));';
const show = "const show = (globalThis as any)[Symbol.for('Jupyter.broadcast')];";

const notebooks: Record<string, string[]> = {
  editing: [
    'interface Point { readonly x: number }\nconst points: Point[] = [{ x: 1 }];\n/** How far. */\nfunction distance(a: Point, b: Point): number { return Math.abs(a.x - b.x); }',
    '',
    '// one\nconst n: number = 5;\nconst wrong: string = n;',
    `const figure = { [Symbol.for('Jupyter.display')]: () => ({ 'application/vnd.plotly.v1+json': { data: [{ y: [1, 3, 2] }], layout: { title: { text: 'drawn' } } }, 'text/plain': 'no figure' }) };\nfigure`,
    `${SLEEP}\n${show}\nfor (let done = 0; done <= 10; done++) {\n  await show(done === 0 ? 'display_data' : 'update_display_data', { data: { 'text/plain': \`step \${done}/10\` }, transient: { display_id: 'bar' } });\n  await sleep(30);\n}`,
  ],
  stopping: [
    'const kept = 42;',
    'while (true);',
    'await null; while (true);',
    'await new Promise(() => {});',
    "import { recipes, spikingSSM, tasks, train, useBackend } from 'spikingssm';\nawait useBackend('cpu');\nconst task = await tasks.mnist();\nconst { training, ...options } = recipes.smnist.tiny;\nconst model = spikingSSM({ ...options, seed: 1 });",
    'const run = await train(model, task, { ...training, batch: 4 });',
    '[kept, run.aborted]',
  ],
  failing: ['const a = 1;\na', "throw new RangeError('stop here');", "'never'"],
  restarting: ['let total = 0;', 'total += 1;\ntotal'],
  exiting: ['process.exit(1)', "'after'"],
};

describe.skipIf(!python || !chromium)('JupyterLab', () => {
  let folder: string;
  let work: string;
  let lab: Lab;

  beforeAll(async () => {
    const made = jupyterEnvironment();
    folder = made.folder;
    // Inside the package, where `import … from 'spikingssm'` finds it.
    work = mkdtempSync(join(import.meta.dirname, '..', 'fixtures', 'run-'));
    for (const [name, sources] of Object.entries(notebooks)) {
      writeFileSync(join(work, `${name}.ipynb`), JSON.stringify(notebookOf(sources)));
    }
    lab = await startLab(work, made.env);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(work, { recursive: true });
    rmSync(folder, { recursive: true, force: true });
  });

  describe('editing', () => {
    let notebook: Notebook;
    beforeAll(async () => {
      notebook = await lab.open('editing.ipynb');
      await notebook.run(0);
    });
    afterAll(() => notebook.close());

    /** Puts `text` in the empty cell, the cursor at its end. */
    const type = async (text: string): Promise<void> => {
      await notebook.select(1);
      await notebook.page.locator('.jp-Notebook .jp-Cell').nth(1).locator('.cm-content').click();
      await notebook.page.keyboard.press('Control+A');
      await notebook.page.keyboard.type(text);
    };

    test('cells are coloured as TypeScript', async () => {
      const { page } = notebook;
      expect(await page.locator('.cm-content').first().getAttribute('data-language')).toBe('typescript');
      const coloured = page
        .locator('.cm-content')
        .first()
        .locator('span', { hasText: /^interface$/ });
      expect(await coloured.count()).toBe(1);
    });

    test('Tab completes a member', async () => {
      await type('points[0].');
      await notebook.page.keyboard.press('Tab');
      await notebook.page.waitForFunction(
        () =>
          document
            .querySelector('.jp-Notebook .jp-Cell:nth-child(2) .cm-content')
            ?.textContent?.includes('points[0].x') || document.querySelector('.jp-Completer-item'),
      );
      await picture('completion');
      const text = await notebook.page
        .locator('.jp-Notebook .jp-Cell')
        .nth(1)
        .locator('.cm-content')
        .textContent();
      const offered = await notebook.page.locator('.jp-Completer-item').allInnerTexts();
      expect(text?.includes('points[0].x') || offered.some((one) => one.includes('x'))).toBe(true);
      await notebook.page.keyboard.press('Escape');
    });

    test('Shift-Tab tells about a name, and about a call from inside it', async () => {
      for (const code of ['distance', 'distance(']) {
        await type(code);
        await notebook.page.keyboard.press('Shift+Tab');
        const tip = notebook.page.locator('.jp-Tooltip');
        await tip.waitFor();
        expect(await tip.textContent()).toContain('distance(a: Point, b: Point): number');
        expect(await tip.textContent()).toContain('How far.');
        await picture(`tooltip-${code.length}`);
        await notebook.page.keyboard.press('Escape');
        await tip.waitFor({ state: 'detached' });
      }
    });

    test('a type error shows its line', async () => {
      await notebook.run(2);
      const output = await notebook.output(2);
      expect(output).toContain("Type 'number' is not assignable to type 'string'");
      expect(output).toContain('line 3:');
      expect(output).toContain('> 3 | const wrong: string = n;');
      await picture('type-error');
    });

    test('a plotly figure is drawn as SVG', async () => {
      await notebook.run(3);
      await notebook.page.locator('.jp-OutputArea .js-plotly-plot svg.main-svg').first().waitFor();
      await notebook.page.locator('.gtitle', { hasText: 'drawn' }).waitFor();
      await picture('plotly');
    });

    test('a progress bar stays one line', async () => {
      await notebook.run(4);
      expect(await notebook.output(4)).toBe('step 10/10');
      await picture('progress');
    });

    async function picture(name: string): Promise<void> {
      await takePicture(notebook, name);
    }
  });

  test('Stop ends loops, waits and training; variables stay', async () => {
    const notebook = await lab.open('stopping.ipynb');
    await notebook.run(0);
    const stop = async (cell: number, limit: number): Promise<void> => {
      await notebook.start(cell);
      await notebook.page.waitForTimeout(1000);
      const begun = performance.now();
      await notebook.command('notebook:interrupt-kernel');
      await notebook.page
        .locator('.jp-Notebook .jp-Cell')
        .nth(cell)
        .locator('.jp-OutputArea-output', { hasText: 'Stopped' })
        .waitFor({ timeout: 20_000 });
      expect(performance.now() - begun).toBeLessThan(limit);
    };
    // Half a second for the kernel, and as much for the browser on a busy machine.
    await stop(1, 1000);
    await stop(2, 1000);
    await stop(3, 1000);
    await notebook.run(4);
    await stop(5, 5000);
    await notebook.run(6);
    expect(await notebook.output(6)).toBe('[ 42, true ]');
    await takePicture(notebook, 'stopped');
    await notebook.close();
  });

  test('Run All stops at an error', async () => {
    const notebook = await lab.open('failing.ipynb');
    await notebook.command('notebook:run-all-cells');
    await notebook.page.locator('.jp-OutputArea-output', { hasText: 'stop here' }).waitFor();
    await notebook.page.waitForTimeout(500);
    await notebook.idle();
    expect([await notebook.count(0), await notebook.count(1), await notebook.count(2)]).toEqual([1, 2, null]);
    expect(await notebook.output(2)).toBe('');
    await takePicture(notebook, 'run-all');
    await notebook.close();
  });

  test('restart and run all starts anew', async () => {
    const notebook = await lab.open('restarting.ipynb');
    await notebook.run(0);
    await notebook.run(1);
    await notebook.run(1);
    expect(await notebook.output(1)).toBe('2');
    await notebook.command('notebook:restart-run-all');
    await notebook.page.locator('.jp-Dialog .jp-mod-accept').click();
    await notebook.page.locator('.jp-OutputArea-output', { hasText: /^1$/ }).waitFor();
    await notebook.idle();
    expect([await notebook.count(0), await notebook.count(1)]).toEqual([1, 2]);
    await notebook.close();
  });

  test('a cell that exits is followed by a fresh kernel', async () => {
    const notebook = await lab.open('exiting.ipynb');
    await notebook.start(0);
    const dialog = notebook.page.locator('.jp-Dialog', { hasText: /restarting|died/i });
    await dialog.waitFor({ timeout: 30_000 });
    await takePicture(notebook, 'exited');
    await dialog.locator('.jp-mod-accept').click();
    await notebook.run(1);
    expect(await notebook.output(1)).toBe("'after'");
    expect(await notebook.count(1)).toBe(1);
    await notebook.close();
  });
});

/** Where KERNEL_PICTURES names a folder, what the page looks like goes there. */
async function takePicture(notebook: Notebook, name: string): Promise<void> {
  const folder = process.env.KERNEL_PICTURES;
  if (!folder) return;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  await notebook.page.screenshot({ path: join(folder, `${name}.png`) });
}

function notebookOf(sources: string[]): object {
  return {
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: {},
      source,
      execution_count: null,
      outputs: [],
    })),
    metadata: { kernelspec: { name: 'typescript', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
