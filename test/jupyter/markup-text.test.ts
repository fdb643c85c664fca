import { expect, test } from 'vitest';
import { markupText } from '../../src/jupyter/markup-text.js';

test.each([
  ['<b>1</b>', '1'],
  ['<p>one &amp; two</p><p>three</p>', 'one & two\nthree'],
  ['<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>', 'a\t1\nb\t2'],
  ['<style>b { color: red }</style><script>alert(1)</script>x', 'x'],
  ['<svg><title>A wave</title><path d="M0 0"/></svg>', 'A wave'],
  ['<svg/>', '[picture]'],
  ['2 < 3 and &unknown;', '2 < 3 and &unknown;'],
])('%s reads %j', (markup, text) => {
  expect(markupText(markup)).toBe(text);
});
