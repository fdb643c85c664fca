import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';

export function addResults(program: Command): void {
  program
    .command('results')
    .description('Table of test accuracy, spiking rate, steps and time of finished runs, as a page')
    .argument('[runs...]', 'folders of runs (default: every evaluated run in runs/)')
    .option('--out <file>', 'where to write the page', join('data', 'RESULTS.md'))
    .option('--json', 'print the rows instead')
    .addHelpText('after', '\nExample:\n  spikingssm results runs/smnist-small-seed* --out data/RESULTS.md')
    .action(async (given: string[], { out, json }: { out: string; json?: boolean }) => {
      const { results } = await import('../analysis/results.js');
      const { resultsPage } = await import('../analysis/results-page.js');
      const { writeWhole } = await import('../files/write-whole.js');
      const folders = given.length > 0 ? given : evaluatedRuns('runs');
      if (folders.length === 0) {
        throw new RangeError('results: there is no evaluated run in runs/ (spikingssm train makes one)');
      }
      const rows = results(folders);
      if (json) return console.log(JSON.stringify(rows, undefined, 2));
      writeWhole(out, [resultsPage(rows, `spikingssm results ${given.join(' ')}`.trim())]);
      console.log(`Wrote ${out}: ${rows.length} configurations of ${folders.length} runs`);
    });
}

function evaluatedRuns(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((run) => existsSync(join(run, 'report.json')) && existsSync(join(run, 'config.json')));
}
