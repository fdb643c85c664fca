import { expect, test } from 'vitest';
import { notebookPage } from '../../src/jupyter/html-page.js';
import { type CodeCell, parseNotebook, type SavedOutput } from '../../src/jupyter/notebook.js';

function page(source: string, outputs: SavedOutput[] = []): string {
  const text = { cell_type: 'markdown', id: 'a', metadata: {}, source };
  const code: CodeCell = {
    cell_type: 'code',
    id: 'b',
    metadata: {},
    source: outputs.length > 0 ? '1' : '',
    outputs,
    execution_count: 1,
  };
  const file = { cells: [text, code], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const html = notebookPage(parseNotebook(JSON.stringify(file)), { title: 'name' });
  return html.slice(html.indexOf('<main>'), html.indexOf('</main>'));
}

const plain = (data: Record<string, unknown>): SavedOutput => ({
  output_type: 'display_data',
  data,
  metadata: {},
});

test.each([
  ['inline', 'so ($x_t$) is', 1],
  ['on one line', '$$a = b$$', 1],
  ['on lines of its own', '$$\na\n= b\n$$', 1],
  ['on several lines', '$$a = b \\\\\n+ c$$\n\nand $x$', 2],
])('a formula %s is MathML', (_, source, count) => {
  const html = page(source);
  expect(html.match(/<math/g)).toHaveLength(count);
  expect(html).not.toContain('$');
});

test('a formula that is none is shown, and does not stop the page', () => {
  expect(page('$\\nosuch{$ and **more**')).toContain('<strong>more</strong>');
});

test('printed text: colours as classes, the last state of a line that was overwritten, no markup', () => {
  const html = page('', [
    { output_type: 'stream', name: 'stdout', text: '10%\r50%\r100%\n\u001b[31mred\u001b[0m <i>\r\nlast' },
  ]);
  expect(html).toContain('100%\n<span class="ansi-red-fg">red</span> &lt;i&gt;\nlast');
  expect(html).not.toContain('50%');
});

test('the richest form that a page can show is taken', () => {
  expect(page('', [plain({ 'text/plain': 'no', 'text/html': '<b>yes</b>' })])).toContain('<b>yes</b>');
  expect(page('', [plain({ 'text/plain': 'a "b"', 'image/png': 'AAAA' })])).toContain(
    '<img alt="a &quot;b&quot;" src="data:image/png;base64,AAAA">',
  );
  expect(page('', [plain({ 'text/markdown': '**yes** $x$' })])).toMatch(/<strong>yes<\/strong>.*<math/);
  expect(page('', [plain({ 'application/json': { a: '<' } })])).toContain('&quot;a&quot;: &quot;&lt;&quot;');
  expect(page('', [plain({ 'text/plain': '<script>' })])).toContain('&lt;script&gt;');
});
