import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import type { RunNotebookResult } from '../jupyter/run-notebook.js';
import { reportFailure } from './failure.js';
import { type NotebookProgress, notebookProgress, type Terminal } from './notebook-progress.js';
import { requests } from './signals.js';

/** Adds `spikingssm run NOTEBOOK`. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('Run a notebook and write it, with its results, as a notebook and as a web page')
    .argument('<notebook>', 'an .ipynb file with TypeScript cells')
    .option('--out <folder>', 'where to write NAME.ipynb and NAME.html (default: out/ beside the notebook)')
    .addHelpText('after', '\nExample:\n  spikingssm run notebooks/01-quickstart.ipynb --out results')
    .action(async (notebook: string, options: { out?: string }) => {
      try {
        await runCommand(notebook, options.out);
      } catch (error) {
        reportFailure(error);
      }
      // A cell may have left a timer or a server behind; the command is done all the same.
      process.exit();
    });
}

async function runCommand(notebook: string, outDir: string | undefined): Promise<void> {
  const folder = process.cwd();
  const terminal = ownTerminal();
  const progress = notebookProgress(terminal);
  const { signal } = requests(['SIGINT']);
  const { runNotebook } = await import('../jupyter/run-notebook.js');
  let result: RunNotebookResult;
  try {
    result = await runNotebook(notebook, { outDir, signal, ...progress });
  } finally {
    progress.end();
  }
  report(result, folder, terminal, progress);
}

function report(
  result: RunNotebookResult,
  folder: string,
  terminal: Terminal,
  progress: NotebookProgress,
): void {
  const { failure } = result;
  if (failure) {
    const line = failure.line === undefined ? '' : `, line ${failure.line}`;
    const colour = terminal.isTTY && !process.env.NO_COLOR;
    const traceback = failure.error.traceback.join('\n');
    terminal.write(`\n${colour ? traceback : stripVTControlCharacters(traceback)}\n\n`);
    terminal.write(
      `spikingssm: cell ${failure.cell}${line}: ${failure.error.ename}: ${failure.error.evalue}\n`,
    );
    process.exitCode = 1;
  }
  const outcome = failure ? 'Written so far' : `Done in ${progress.seconds().toFixed(1)} s. Written`;
  const files = [result.notebookPath, result.pagePath].map((path) => relative(folder, path) || path);
  terminal.write(`${outcome}: ${files.join(' and ')}\n`);
}

/** The error output as it is now: while a notebook runs, the process's streams belong to its cells. */
function ownTerminal(): Terminal {
  const write = process.stderr.write.bind(process.stderr);
  return Object.create(process.stderr, { write: { value: write } });
}
