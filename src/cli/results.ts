import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import type { RunRecord } from '../analysis/run-record.js';

interface Flags {
  out: string;
  records: string;
  json?: boolean;
}

export function addResults(program: Command): void {
  program
    .command('results')
    .description('Table of test accuracy, spiking rate, steps and time of finished runs, as a page')
    .argument('[runs...]', 'folders of runs to add to the records (default: every evaluated run in runs/)')
    .option('--records <folder>', 'where a record of each run is kept', join('data', 'results'))
    .option('--out <file>', 'where to write the page of all records', join('data', 'RESULTS.md'))
    .option('--json', 'print the rows instead of writing the page')
    .addHelpText(
      'after',
      `
A record is all that the table needs of a run, so the run itself may be deleted.

Example:
  spikingssm results runs/smnist-small-seed*`,
    )
    .action(async (given: string[], { out, records, json }: Flags) => {
      const { keepRecord, readRecords, runRecord } = await import('../analysis/run-record.js');
      const { results } = await import('../analysis/results.js');
      const { resultsPage } = await import('../analysis/results-page.js');
      const { writeWhole } = await import('../files/write-whole.js');
      const fresh = (given.length > 0 ? given : runsIn('runs')).flatMap((folder) => {
        try {
          return [runRecord(folder)];
        } catch (error) {
          leftOut(`${folder} is left out: ${(error as Error).message.replace(/^results: /, '')}`);
          return [];
        }
      });
      if (given.length > 0 && fresh.length === 0)
        throw new RangeError('results: none of the runs can be listed');
      const names = fresh.map(({ name }) => name);
      const all = [...readRecords(records).filter(({ name }) => !names.includes(name)), ...fresh];
      if (all.length === 0) {
        throw new RangeError(
          `results: there is no evaluated run in runs/ and no record in ${records} (spikingssm train makes a run)`,
        );
      }
      const rows = results(all);
      if (json) return console.log(JSON.stringify(rows, undefined, 2));
      for (const record of fresh) keepRecord(record, records);
      const pictures = await keepCurves(all, records);
      const besides = pictures.map((file) => relative(dirname(out), file));
      writeWhole(out, [resultsPage(rows, besides)]);
      console.log(
        `Wrote ${out}: ${rows.length} configurations of ${all.length} runs, ${fresh.length} of them new`,
      );
    });
}

/** One picture a task. @returns  the files, by task */
async function keepCurves(all: readonly RunRecord[], folder: string): Promise<string[]> {
  const { validationCurves } = await import('../analysis/figures/index.js');
  const { modelName } = await import('../analysis/results.js');
  const tasks = [...new Set(all.map(({ config }) => config.task.name))].sort();
  const files: string[] = [];
  for (const task of tasks) {
    const runs = all.filter(({ config, evaluations }) => config.task.name === task && evaluations.length > 0);
    if (runs.length === 0) continue;
    // Spiking models first, so that each has the same colour whatever else there is.
    const curves = runs
      .map(({ config, report, evaluations }) => ({
        name: `${modelName(config)}, seed ${config.training.seed}`,
        spiking: report.rate !== null,
        evaluations,
      }))
      .sort((a, b) => Number(b.spiking) - Number(a.spiking));
    const file = join(folder, `${task}.svg`);
    await validationCurves(task, curves, runs[0].report.chance ?? 0).save(file);
    files.push(file);
  }
  return files;
}

function leftOut(reason: string): void {
  process.stderr.write(`results: ${reason}\n`);
}

/** Folders in which a run was begun. */
function runsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((run) => existsSync(join(run, 'config.json')));
}
