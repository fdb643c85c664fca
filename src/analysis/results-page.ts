import type { Result } from './results.js';

/**
 * The page that `spikingssm results` writes: one row a configuration, what a reader has to know, and the curves.
 * @param pictures  files beside the page, in the order in which to show them
 */
export function resultsPage(rows: readonly Result[], pictures: readonly string[] = []): string {
  const notes = rows.flatMap(({ task, notes: own }) => own.map((note) => `- ${task}: ${note}`));
  return `# Results

Written by \`spikingssm results\` from the records of runs in \`results/\`; not edited by hand. Test accuracy is by the model
of the best validation accuracy, of as many examples as the column says: the mean over seeds, with lowest and highest.
"Without spikes" is the same model and training with GELU in place of the neuron (S4D). Chance is the share of the most
frequent class. Time is of training, evaluations included.

| task | model | test accuracy | spiking rate | without spikes | chance | examples | steps | time | seeds | commit |
|---|---|---|---|---|---|---|---|---|---|---|
${rows.map(rowOf).join('\n')}
${notes.length > 0 ? `\n${[...new Set(notes)].join('\n')}\n` : ''}${pictures.map((file) => `\n![Validation accuracy during training](${file})\n`).join('')}`;
}

function rowOf(row: Result): string {
  const cells = [
    row.task,
    row.model,
    accuracy(row.accuracies, row.perplexities),
    row.rate === null ? 'none' : percent(row.rate),
    row.rate === null ? '' : accuracy(row.withoutSpikes, row.perplexitiesWithoutSpikes),
    percent(row.chance),
    row.examples.toLocaleString('en-US'),
    Math.round(row.steps).toLocaleString('en-US'),
    `${(row.seconds / 60).toFixed(1)} min`,
    row.seeds.join(', '),
    row.commits.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function accuracy(all: readonly number[], perplexities: readonly number[]): string {
  if (all.length === 0) return 'not run';
  const surprise = perplexities.length > 0 ? `, perplexity ${mean(perplexities).toFixed(2)}` : '';
  if (all.length === 1) return `${percent(all[0])}${surprise}`;
  const range = `${percent(Math.min(...all))} to ${percent(Math.max(...all))}`;
  return `${percent(mean(all))} (${all.length} seeds: ${range})${surprise}`;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
