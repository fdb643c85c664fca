import { stripVTControlCharacters } from 'node:util';
import { AnsiUp } from 'ansi_up';
import { escapeHtml } from './escape.js';
import type { SavedOutput } from './notebook.js';
import type { MimeBundle } from './output.js';
import { pngSize } from './picture-size.js';

export const PLOTLY = 'application/vnd.plotly.v1+json';

const PICTURES = ['image/svg+xml', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** A cell's outputs as HTML. @param markdown  renders Markdown outputs */
export function outputsHtml(outputs: SavedOutput[], markdown: (text: string) => string): string {
  return outputs.map((output) => `<div class="output">${outputHtml(output, markdown)}</div>`).join('\n');
}

function outputHtml(output: SavedOutput, markdown: (text: string) => string): string {
  if (output.output_type === 'stream') {
    return `<pre class="${output.name}">${ansiHtml(lastStates(output.text))}</pre>`;
  }
  if (output.output_type === 'error') {
    return `<pre class="error">${ansiHtml(output.traceback.join('\n'))}</pre>`;
  }
  return bundleHtml(output.data, markdown);
}

/** The richest form of a bundle that a page can show. */
function bundleHtml(data: MimeBundle, markdown: (text: string) => string): string {
  if (PLOTLY in data) return figureHtml(data, markdown);
  if (typeof data['text/html'] === 'string') return data['text/html'];
  const picture = PICTURES.find((type) => typeof data[type] === 'string');
  if (picture) return pictureHtml(picture, String(data[picture]), alternative(data));
  if (typeof data['text/markdown'] === 'string') return markdown(data['text/markdown']);
  if (typeof data['text/latex'] === 'string') return markdown(data['text/latex']);
  if ('application/json' in data) {
    return `<pre>${escapeHtml(JSON.stringify(data['application/json'], undefined, 2))}</pre>`;
  }
  return `<pre>${ansiHtml(String(data['text/plain'] ?? ''))}</pre>`;
}

/** The figure's data for the page's script, and what is shown until, or unless, the script has run. */
function figureHtml(data: MimeBundle, markdown: (text: string) => string): string {
  const { [PLOTLY]: figure, ...rest } = data;
  // A `<` in a title must not end the script element.
  const json = JSON.stringify(figure).replaceAll('<', '\\u003c');
  const { 'text/html': _, ...still } = rest;
  return `<div class="figure"><script type="application/json">${json}</script><div class="still">${bundleHtml(still, markdown)}</div></div>`;
}

/** As an image element: a picture's ids and styles stay its own, and its scripts do not run. */
function pictureHtml(type: string, content: string, alt: string): string {
  const base64 =
    type === 'image/svg+xml' ? Buffer.from(content).toString('base64') : content.replaceAll(/\s/g, '');
  const size = type === 'image/png' ? pngSize(content) : undefined;
  const width = size ? ` width="${size.width}"` : '';
  return `<img alt="${escapeHtml(alt)}"${width} src="data:${type};base64,${base64}">`;
}

function alternative(data: MimeBundle): string {
  return typeof data['text/plain'] === 'string' ? stripVTControlCharacters(data['text/plain']) : 'picture';
}

function ansiHtml(text: string): string {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  return ansi.ansi_to_html(text);
}

/** What a terminal would show after carriage returns: the last state of each line. */
function lastStates(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/^.*\r(?=.)/gm, '')
    .replaceAll('\r', '');
}
