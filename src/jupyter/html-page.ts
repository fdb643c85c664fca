import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import hljs from 'highlight.js/lib/core';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked } from 'marked';
import markedKatex from 'marked-katex-extension';
import { escapeHtml } from './escape.js';
import { outputsHtml, PLOTLY } from './html-output.js';
import { PAGE_STYLE } from './html-style.js';
import type { Cell, CodeCell, Notebook, TextCell } from './notebook.js';

hljs.registerLanguage('typescript', typescript);

// MathML, which browsers draw themselves: no fonts to embed, readable by screen readers.
const markdown: Marked = new Marked(
  { gfm: true },
  markedKatex({ output: 'mathml', throwOnError: false, strict: false, nonStandard: true }),
);

export interface NotebookPageOptions {
  /** Title of the window where the notebook has no heading of its own. */
  title: string;
}

/**
 * An executed notebook as one HTML page that needs no other file and no network. Plotly figures are drawn live;
 * without scripts their static pictures stay.
 */
export function notebookPage(notebook: Notebook, { title }: NotebookPageOptions): string {
  const body = notebook.cells.map(cellHtml).join('\n');
  const live = notebook.cells.some(hasPlotly);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(firstHeading(notebook) ?? title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
${live ? plotlyScripts() : ''}</body>
</html>
`;
}

function cellHtml(cell: Cell): string {
  if (cell.cell_type !== 'code') {
    return cell.cell_type === 'markdown' ? `<section class="text">${markdownHtml(cell)}</section>` : '';
  }
  if (cell.source.trim() === '' && cell.outputs.length === 0) return '';
  const outputs = outputsHtml(cell.outputs, (text) => markdown.parse(text, { async: false }));
  if (cell.source.trim() === '') return `<section class="code">${outputs}</section>`;
  const { value } = hljs.highlight(cell.source.trimEnd(), { language: 'typescript' });
  return `<section class="code">
<div class="count">${cell.execution_count ?? ' '}</div>
<pre class="source"><code>${value}</code></pre>
${outputs}
</section>`;
}

function markdownHtml({ source, attachments = {} }: TextCell): string {
  const embedded = source.replace(/attachment:([^\s)"']+)/g, (whole, name: string) => {
    const [entry] = Object.entries(attachments[decodeURIComponent(name)] ?? {});
    return entry ? `data:${entry[0]};base64,${String(entry[1]).trim()}` : whole;
  });
  return markdown.parse(formulasApart(embedded), { async: false });
}

/** Gives a formula of several lines the lines of their own that the Markdown extension wants and Jupyter does not. */
function formulasApart(source: string): string {
  return source.replace(
    /^\$\$(?=[^$]*\n)([^$]+)\$\$[ \t]*$/gm,
    (_, formula: string) => `\n$$\n${formula.trim()}\n$$\n`,
  );
}

function firstHeading(notebook: Notebook): string | undefined {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === 'markdown' ? /^#\s+(.+)$/m.exec(cell.source) : null;
    if (heading) return heading[1].replace(/[*_`$]/g, '');
  }
  return undefined;
}

function hasPlotly(cell: Cell): cell is CodeCell {
  return (
    cell.cell_type === 'code' && cell.outputs.some((output) => 'data' in output && PLOTLY in output.data)
  );
}

/** Plotly itself, once, and the few lines that draw every figure of the page. */
function plotlyScripts(): string {
  const path = createRequire(import.meta.url).resolve('plotly.js-dist-min');
  // These would end or comment out the script element; in JavaScript the backslash changes nothing.
  const library = readFileSync(path, 'utf8')
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  return `<script>${library}</script>
<script>
for (const figure of document.querySelectorAll('.figure')) {
  const { data, layout, config } = JSON.parse(figure.querySelector('script').textContent);
  const plot = document.createElement('div');
  figure.append(plot);
  Plotly.newPlot(plot, data, layout, { responsive: true, displaylogo: false, ...config }).then(() => {
    for (const still of figure.querySelectorAll('.still')) still.remove();
  }, (error) => {
    plot.remove();
    console.error(error);
  });
}
</script>
`;
}
