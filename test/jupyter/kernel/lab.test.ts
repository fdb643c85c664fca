import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
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
    'console.log("started"); while (true);',
    'await null; console.log("started"); while (true);',
    'console.log("started"); await new Promise(() => {});',
    "import { recipes, spikingSSM, tasks, train, useBackend } from 'spikingssm';\nawait useBackend('cpu');\nconst task = await tasks.mnist();\nconst { training, ...options } = recipes.smnist.tiny;\nconst model = spikingSSM({ ...options, seed: 1 });",
    'const run = await train(model, task, { ...training, batch: 4, onStep: () => console.log("started") });',
    '[kept, run.aborted]',
  ],
  failing: ['const a = 1;\na', "throw new RangeError('stop here');", "'never'"],
  restarting: ['let total = 0;', 'total += 1;\ntotal'],
  exiting: ['process.exit(1)', "'after'"],
};

/** An executed notebook of the package, which nobody on this machine has signed. */
const UNTRUSTED = join(import.meta.dirname, '..', '..', '..', 'notebooks', '07-energy.ipynb');

describe.skipIf(!python || !chromium)('JupyterLab', { timeout: 300_000 }, () => {
  let work: string;
  let lab: Lab;

  beforeAll(async () => {
    // Inside the package, where `import … from 'spikingssm'` finds it.
    work = mkdtempSync(join(import.meta.dirname, '..', 'fixtures', 'run-'));
    for (const [name, sources] of Object.entries(notebooks)) {
      writeFileSync(join(work, `${name}.ipynb`), JSON.stringify(notebookOf(sources)));
    }
    copyFileSync(UNTRUSTED, join(work, 'untrusted.ipynb'));
    lab = await startLab(work, jupyterEnvironment());
  }, 300_000);
  afterAll(async () => {
    await lab?.close();
    rmSync(work, { recursive: true });
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
      const code = page.locator('.cm-content[data-language="typescript"]').first();
      await code.locator('span', { hasText: /^interface$/ }).waitFor();
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
        // It opens empty, and is filled when the kernel has answered.
        await tip.filter({ hasText: 'distance(a: Point, b: Point): number' }).waitFor();
        await tip.filter({ hasText: 'How far.' }).waitFor();
        await picture(`tooltip-${code.length}`);
        await notebook.page.keyboard.press('Escape');
        await tip.waitFor({ state: 'detached' });
      }
    });

    test('a type error shows its line', async () => {
      await notebook.run(2);
      await shown(notebook, 2, '> 3 | const wrong: string = n;');
      const output = await notebook.output(2);
      expect(output).toContain("Type 'number' is not assignable to type 'string'");
      expect(output).toContain('line 3:');
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
      await shown(notebook, 4, /^step 10\/10$/);
      expect(await notebook.output(4)).toBe('step 10/10');
      await picture('progress');
    });

    async function picture(name: string): Promise<void> {
      await takePicture(notebook, name);
    }
  });

  test('a notebook that is not trusted shows its figures as pictures', async () => {
    const notebook = await lab.open('untrusted.ipynb');
    const { page } = notebook;
    // Cells far below are drawn when they are scrolled to.
    let found: Locator[] = [];
    const cells = page.locator('.jp-Notebook .jp-Cell');
    for (let i = 0; i < 100 && found.length < 2; i++) {
      await notebook.select(i % (await cells.count()));
      await page.keyboard.press('Escape');
      await page.waitForTimeout(200);
      found = await page.locator('.jp-OutputArea img').all();
    }
    expect(await page.locator('.js-plotly-plot').count()).toBe(0);
    expect(found.length).toBeGreaterThan(0);
    for (const img of found) {
      // Twice the 720 points that a chart is drawn for.
      expect(await img.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(1440);
    }
    await takePicture(notebook, 'untrusted');
    await notebook.close();
  });

  test('Stop ends loops, waits and training; variables stay', async () => {
    const notebook = await lab.open('stopping.ipynb');
    await notebook.run(0);
    const stop = async (cell: number): Promise<void> => {
      await notebook.start(cell);
      await shown(notebook, cell, 'started');
      await notebook.interrupt();
      await shown(notebook, cell, 'Stopped');
    };
    await stop(1);
    await stop(2);
    await stop(3);
    await notebook.run(4);
    await stop(5);
    await notebook.run(6);
    await shown(notebook, 6, '[ 42, true ]');
    await takePicture(notebook, 'stopped');
    await notebook.close();
  });

  test('Run All stops at an error', async () => {
    const notebook = await lab.open('failing.ipynb');
    await notebook.runAll();
    await shown(notebook, 1, 'stop here');
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
    await shown(notebook, 1, /^2$/);
    await notebook.command('notebook:restart-run-all');
    await notebook.page.locator('.jp-Dialog .jp-mod-accept').click();
    await shown(notebook, 1, /^1$/);
    await expect
      .poll(async () => [await notebook.count(0), await notebook.count(1)], { timeout: 60_000 })
      .toEqual([1, 2]);
    await notebook.close();
  });

  test('a cell that exits is followed by a fresh kernel', async () => {
    const notebook = await lab.open('exiting.ipynb');
    await notebook.start(0);
    const dialog = notebook.page.locator('.jp-Dialog', { hasText: /restarting|died/i });
    await dialog.waitFor();
    await takePicture(notebook, 'exited');
    await dialog.locator('.jp-mod-accept').click();
    await notebook.run(1);
    await shown(notebook, 1, "'after'");
    expect(await notebook.count(1)).toBe(1);
    await notebook.close();
  });
});

/** Waits until a cell's output area shows a text. @throws Error  that tells what it shows instead */
async function shown(notebook: Notebook, cell: number, text: string | RegExp): Promise<void> {
  const output = notebook.page.locator('.jp-Notebook .jp-Cell').nth(cell).locator('.jp-OutputArea-output');
  try {
    await output.filter({ hasText: text }).first().waitFor();
  } catch (cause) {
    const instead = JSON.stringify(await notebook.output(cell));
    throw new Error(
      `cell ${cell} shows ${instead} rather than ${text}; the kernel is ${await notebook.status()}`,
      { cause },
    );
  }
}

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
