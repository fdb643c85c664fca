import { basename } from 'node:path';
import { provenance } from '../../analysis/provenance.js';
import { notebookPage } from '../../jupyter/html-page.js';
import type { Cell, SavedOutput } from '../../jupyter/notebook.js';
import { tableBundle } from '../../jupyter/table.js';
import type { Claim } from './claims.js';

/** One page, in the look of the notebooks' own: every claim with the paper's numbers, ours, a sentence and a picture. */
export function reproductionPage(
  claims: readonly Claim[],
  failures: readonly string[],
  scale: string,
): string {
  const cells: Cell[] = [
    text(
      `# The paper's numbers and ours\n\nSpikingSSM (Shen et al. 2024, arXiv 2408.14909), scale *${scale}*.`,
    ),
    ...failures.map((failure) => text(`**A notebook failed:** ${failure}`)),
    ...claims.flatMap(({ data, html, notebook, picture }) => {
      const page = basename(notebook).replace(/\.ipynb$/, '.html');
      const table: SavedOutput = { output_type: 'display_data', data: { 'text/html': html }, metadata: {} };
      return [
        text(`## ${data.title}\n\n\`${data.id}\`, from [${page}](${page})`),
        shown([table, ...(picture ? [picture] : [])]),
      ];
    }),
    text('## Where these numbers come from'),
    shown([{ output_type: 'display_data', data: tableBundle(provenance({ scale })), metadata: {} }]),
  ];
  return notebookPage({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, { title: 'Reproduction' });
}

function text(source: string): Cell {
  return { cell_type: 'markdown', id: 'text', metadata: {}, source };
}

function shown(outputs: SavedOutput[]): Cell {
  return { cell_type: 'code', id: 'shown', metadata: {}, source: '', execution_count: null, outputs };
}
