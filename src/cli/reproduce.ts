import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { reportFailure } from './failure.js';
import type { Claim } from './reproduce/claims.js';

/** Adds `spikingssm reproduce`. */
export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description(
      "Run the notebooks that hold the paper's tables and figures; write one page of its numbers and ours",
    )
    .argument('[id...]', 'which ones (default: all)')
    .option('--list', 'name them', false)
    .addOption(
      new Option('--scale <scale>', 'size of models and data')
        .choices(['tiny', 'small', 'paper'])
        .default('small'),
    )
    .option('--out <folder>', 'for the page and the executed notebooks', 'reproduction')
    .addHelpText('after', '\nExample:\n  spikingssm reproduce table-2 thresholds --scale small')
    .action(async (ids: string[], options: { list: boolean; scale: string; out: string }) => {
      try {
        await reproduceCommand(ids, options);
      } catch (error) {
        reportFailure(error);
      }
      // A cell may have left a timer or a server behind; the command is done all the same.
      process.exit();
    });
}

async function reproduceCommand(
  ids: string[],
  { list, scale, out }: { list: boolean; scale: string; out: string },
): Promise<void> {
  const { chosenClaims, claimsOf } = await import('./reproduce/claims.js');
  const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));
  const notebooks = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  const known = notebooks.sort().flatMap((name) => claimsOf(join(folder, name)));
  if (list) {
    const widest = Math.max(...known.map(({ data }) => data.id.length));
    for (const { data, notebook } of known) {
      console.log(`${data.id.padEnd(widest)}  ${data.title}  (${relative(folder, notebook)})`);
    }
    return;
  }
  const chosen = chosenClaims(known, ids);
  // The notebooks read it.
  process.env.SPIKINGSSM_SCALE = scale;
  const executed: Claim[] = [];
  const failures: string[] = [];
  for (const notebook of new Set(chosen.map((claim) => claim.notebook))) {
    const result = await runOne(notebook, out);
    executed.push(...claimsOf(result.notebookPath));
    if (result.failure) failures.push(`${relative(folder, notebook)}: ${result.failure.error.evalue}`);
  }
  const { reproductionPage } = await import('./reproduce/page.js');
  const { writeWhole } = await import('../files/write-whole.js');
  const page = join(out, 'reproduction.html');
  const wanted = new Set(chosen.map(({ data }) => data.id));
  const shown = executed.filter(({ data }) => wanted.has(data.id));
  writeWhole(page, [reproductionPage(shown, failures, scale)]);
  console.log(`Written: ${page}`);
  if (failures.length > 0) throw new Error(`reproduce: ${failures.join('; ')}`);
}

async function runOne(
  notebook: string,
  outDir: string,
): ReturnType<typeof import('../jupyter/run-notebook.js').runNotebook> {
  const { runNotebook } = await import('../jupyter/run-notebook.js');
  const { notebookProgress } = await import('./notebook-progress.js');
  // The error output as it is now: while a notebook runs, the process's streams belong to its cells.
  const write = process.stderr.write.bind(process.stderr);
  const progress = notebookProgress(Object.create(process.stderr, { write: { value: write } }));
  try {
    return await runNotebook(notebook, { outDir, ...progress });
  } finally {
    progress.end();
  }
}
