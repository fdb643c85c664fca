import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';
import { chromium, python } from './python.js';

/** JupyterLab on a folder, with a browser in front of it. */
export interface Lab {
  /** Opens a notebook and waits until its kernel is idle. */
  open(name: string): Promise<Notebook>;
  close(): Promise<void>;
}

export interface Notebook {
  readonly page: Page;
  /** Runs one of JupyterLab's commands, such as `notebook:run-all-cells`. */
  command(name: string): Promise<void>;
  select(cell: number): Promise<void>;
  /** Starts a cell. */
  start(cell: number): Promise<void>;
  /** Starts a cell and waits for its end. */
  run(cell: number): Promise<void>;
  /** Runs all cells, until one fails. */
  runAll(): Promise<void>;
  /** Waits until the kernel is idle. */
  idle(): Promise<void>;
  /** Presses Stop, and waits until the server has passed it on. */
  interrupt(): Promise<void>;
  /** What JupyterLab takes the kernel to be doing: `idle`, `busy` … */
  status(): Promise<string | undefined>;
  /** What stands in a cell's output area, as text. */
  output(cell: number): Promise<string>;
  count(cell: number): Promise<number | null>;
  close(): Promise<void>;
}

/** What the tests use of JupyterLab's own objects in the page. */
interface LabWindow {
  jupyterapp: {
    commands: { execute(name: string): Promise<unknown> };
    shell: {
      currentWidget: {
        content: {
          activeCellIndex: number;
          widgets: { model: { sharedModel: { execution_count: number | null } } }[];
        };
      };
    };
  };
}

/** Says in the page what the kernel of the notebook in front is doing. */
const STATUS = 'window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status';

export async function startLab(folder: string, env: NodeJS.ProcessEnv): Promise<Lab> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/lab`;
  const options = [
    '--no-browser',
    '--allow-root',
    `--port=${port}`,
    `--ServerApp.root_dir=${folder}`,
    '--IdentityProvider.token=',
    '--LabApp.expose_app_in_browser=True',
    '--LabApp.news_url=None',
  ];
  const server: ChildProcess = spawn(python!, ['-m', 'jupyterlab', ...options], { env, stdio: 'ignore' });
  for (let tries = 0; !(await answers(address)); tries++) {
    if (tries > 1400) throw new Error('JupyterLab does not answer');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const browser: Browser = await launcher.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  return {
    async open(name) {
      const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
      page.setDefaultTimeout(60_000);
      await page.goto(`${address}/tree/${name}?reset`);
      const notebook = notebookOn(page);
      await page.waitForSelector('.jp-Notebook .jp-CodeCell .cm-content');
      await notebook.idle();
      return notebook;
    },
    async close() {
      await browser.close();
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      const hard = setTimeout(() => server.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

function notebookOn(page: Page): Notebook {
  const cell = (index: number) => page.locator('.jp-Notebook .jp-Cell').nth(index);
  const command = (name: string): Promise<void> =>
    page.evaluate((id) => void (window as unknown as LabWindow).jupyterapp.commands.execute(id), name);
  /** Runs a command that ends when its cells have. */
  const finish = (name: string): Promise<void> =>
    page.evaluate(async (id) => {
      await (window as unknown as LabWindow).jupyterapp.commands.execute(id);
    }, name);
  const select = (index: number): Promise<void> =>
    page.evaluate((n) => {
      (window as unknown as LabWindow).jupyterapp.shell.currentWidget.content.activeCellIndex = n;
    }, index);
  const start = async (index: number): Promise<void> => {
    await select(index);
    await command('notebook:run-cell');
  };
  return {
    page,
    command,
    select,
    start,
    async idle() {
      await page.waitForFunction(`${STATUS} === 'idle'`);
    },
    interrupt: () => finish('notebook:interrupt-kernel'),
    status: () => page.evaluate(STATUS),
    async run(index) {
      await select(index);
      await finish('notebook:run-cell');
    },
    runAll: () => finish('notebook:run-all-cells'),
    output: async (index) =>
      (await cell(index).locator('.jp-OutputArea-output').allInnerTexts()).join('\n').trimEnd(),
    count: (index) =>
      page.evaluate(
        (n) =>
          (window as unknown as LabWindow).jupyterapp.shell.currentWidget.content.widgets[n].model.sharedModel
            .execution_count,
        index,
      ),
    close: () => page.close(),
  };
}

async function answers(address: string): Promise<boolean> {
  return fetch(address).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return port;
}
