import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/jupyter/engine.js';

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ directory: join(import.meta.dirname, 'fixtures') });
});
afterAll(() => engine.close());

/** Runs cells one after the other; gives the last one's result as text, or its error. */
async function value(...cells: string[]): Promise<string | undefined> {
  let shown: string | undefined;
  for (const code of cells) {
    shown = undefined;
    await engine.execute(code, {
      onOutput: (output) => {
        if (output.type === 'execute_result') shown = String(output.data['text/plain']);
        if (output.type === 'error') shown = stripVTControlCharacters(output.traceback.join('\n'));
      },
    });
  }
  return shown;
}

describe('a name of the top level is one that cells share, wherever it is used', () => {
  test.each([
    ['an assignment', 'let a = 1; a = 2; a += 3; a++; a', '6'],
    [
      'a pattern that assigns',
      'let b = 1, c = 2; [b, c] = [c, b]; ({ b } = { b: b + 5 }); [b, c]',
      '[ 7, 1 ]',
    ],
    ['a pattern with defaults', 'let d = 1; let e = 5; ({ d = e } = {} as { d?: number }); d', '5'],
    ['the default of another name', 'const f = 4; const { g = f } = {} as { g?: number }; g', '4'],
    ['shorthand', 'const h = 8; const i = { h, j: { h } }; i', '{ h: 8, j: { h: 8 } }'],
    ['a template tag', 'const k = (s: TemplateStringsArray) => s[0]; k`text`', "'text'"],
    ['a loop', 'let l = 0; for (const m of [1, 2]) l += m; for (let m = 0; m < 3; m++) l++; l', '6'],
    ['a loop over a variable', 'let n = 0; for (n of [1, 2]); for (n = n; n < 9; n++); n', '9'],
    ['a computed key', "const o = 'key'; const p = { [o]: o }; p", "{ key: 'key' }"],
    ['a class', 'class Q { static r = 1; static s = () => Q.r; t = Q.s() } new Q().t', '1'],
    ['extending', 'class U { v = 1 } class W extends U {} new W().v', '1'],
    ['code to come', 'function x() { return y; } const y = 3; x()', '3'],
    ['a default of a parameter', 'const z = 2; function aa(b = z) { return b; } aa()', '2'],
    ['a rest', 'const { ab, ...ac } = { ab: 1, ad: 2, ae: 3 }; [ab, ac]', '[ 1, { ad: 2, ae: 3 } ]'],
    [
      'nested patterns',
      'const { af: [ag, { ah = 5 }] } = { af: [1, {}] as [number, { ah?: number }] }; [ag, ah]',
      '[ 1, 5 ]',
    ],
    ['an enum', 'enum AI { A = 1, B } [AI.B, AI[1]]', "[ 2, 'A' ]"],
    ['a namespace', 'namespace AJ { export const a = 1 } namespace AJ { export const b = a + 1 } AJ.b', '2'],
    ['a name of the wrapper', 'let exports = 6; let require = 7; [exports, require]', '[ 6, 7 ]'],
    ['optional calls', 'let ak: (() => number) | undefined = () => 1; ak?.()', '1'],
    ['later work', 'let al = 1; await (async () => { await null; al = 2; })(); al', '2'],
    ['several declarations', 'const am = 1, an = () => am, ao = an(); [am, ao]', '[ 1, 1 ]'],
  ])('%s', async (_, code, result) => {
    expect(await value(code)).toBe(result);
  });

  test('an older function sees what a later cell declares, in every one of these places', async () => {
    const reads = [
      'let one = 1, two = { one };',
      'const read = () => ({ one, inner: [one + 1], call: make(), of: [1].map(() => one), is: one === 1 });',
      'function make() { return one; }',
    ];
    const last = 'let one = 5;\nfunction make() { return 7; }\nread()';
    expect(await value(reads.join('\n'), last)).toBe(
      '{ one: 5, inner: [ 6 ], call: 7, of: [ 5 ], is: false }',
    );
  });
});

describe('a name that something nearer declares is left alone', () => {
  test.each([
    ['a parameter', 'const x1 = 1; const f1 = (x1: number) => x1; [f1(2), x1]', '[ 2, 1 ]'],
    ['a block', 'const x2 = 1; { const x2 = 5; void x2; } x2', '1'],
    ['a function in a block', 'const x3 = () => 1; { function x3() { return 2; } x3(); } x3()', '1'],
    [
      'a variable of a function',
      'const x4 = 1; function f4() { if (true) { var x4 = 2; } return x4; } [f4(), x4]',
      '[ 2, 1 ]',
    ],
    ['what is caught', 'let x5: unknown = 1; try { throw 2; } catch (x5) { x5 = 3; } x5', '1'],
    ['a loop', 'let x6 = 1; for (let x6 = 0; x6 < 3; x6++); for (const x6 of [7]) void x6; x6', '1'],
    ['a switch', 'let x7 = 1; switch (x7) { case 1: { let x7 = 4; x7++; } } x7', '1'],
    ['properties and labels', 'const x8 = 1; x8: for (;;) { break x8; } ({ x8: 2 }).x8 + x8', '3'],
    [
      'methods and accessors',
      'const x9 = 1; const o9 = { x9() { return x9; }, get y() { return x9; } }; [o9.x9(), o9.y]',
      '[ 1, 1 ]',
    ],
    [
      'a function that knows its own name',
      'const x10 = function x10(): string { return typeof x10; }; x10()',
      "'function'",
    ],
    [
      'a pattern of parameters',
      'const x11 = 1; const f11 = ({ x11 = 3 }: { x11?: number }) => x11; [f11({}), x11]',
      '[ 3, 1 ]',
    ],
    [
      'a parameter beside a variable of the body',
      'const x12 = 1; function f12(a = x12) { var x12 = 2; return [a, x12]; } f12()',
      '[ 1, 2 ]',
    ],
    [
      'an import type',
      "const x13 = 'a'; let t13: import('node:fs').Stats | undefined; [x13, t13]",
      "[ 'a', undefined ]",
    ],
  ])('%s', async (_, code, result) => {
    expect(await value(code)).toBe(result);
  });
});

describe('what a rewritten name must not change', () => {
  test('a function called by its name has no `this`', async () => {
    expect(await value('function self(this: unknown) { return this; }\nself()')).toBe(undefined);
    expect(
      await value(
        'const tag = function (this: unknown, _: TemplateStringsArray) { return this === undefined; };\ntag``',
      ),
    ).toBe('true');
  });

  test('functions and classes get the names of their variables', async () => {
    const code =
      'const arrow = () => 1, plain = function () {}, Made = class {}; let late = async () => 1;\n';
    expect(await value(`${code}[arrow, plain, Made, late].map((one) => one.name)`)).toBe(
      "[ 'arrow', 'plain', 'Made', 'late' ]",
    );
  });

  test('`var` in a block or a loop belongs to the cell, and starts anew with it', async () => {
    expect(await value('for (var i = 0, j = 5; i < 3; i++);\n[i, j]')).toBe('[ 3, 5 ]');
    const perhaps = (yes: boolean) => `if (${yes}) { var seen: number | undefined = 3; }\n[seen!]`;
    expect(await value(perhaps(true))).toBe('[ 3 ]');
    expect(await value(perhaps(false))).toBe('[ undefined ]');
    expect(await value('for (var { length } of ["ab"]) { var [first] = [length]; }\n[length!, first!]')).toBe(
      '[ 2, 2 ]',
    );
  });

  test('comments and text that look like code', async () => {
    expect(
      await value(
        'const word = 1; // word = 2; await word\nconst text = "word"; /* word */ `word ` + word + text',
      ),
    ).toBe("'word 1word'");
  });
});

describe('imports and exports', () => {
  test.each([
    ['by default', "import path from 'node:path';\npath.basename('a/b')", "'b'"],
    [
      'by name and by another name',
      "import { basename, join as j } from 'node:path';\nbasename(j('a', 'b'))",
      "'b'",
    ],
    [
      'by default and by name',
      "import all, { basename } from 'node:path';\nall.basename === basename",
      'true',
    ],
    [
      'by default and whole',
      "import one, * as whole from 'node:path';\n[one.sep === whole.sep, typeof whole.join]",
      "[ true, 'function' ]",
    ],
    ['for its effects', "import 'node:path';\n1", '1'],
    [
      'of an ES module',
      "import * as aq from 'arquero';\n[typeof aq.table, 'default' in aq]",
      "[ 'function', true ]",
    ],
    ['of a local module', "import * as local from './helper';\nObject.keys(local)", "[ 'sum', 'fail' ]"],
    ['in an expression', "(await import('node:path')).basename('a/b')", "'b'"],
    [
      'in an expression, of a local module',
      "const name = './helper';\nObject.keys(await import(name))",
      "[ 'sum', 'fail' ]",
    ],
    ['an export of something else', "export { join } from 'node:path';\n1", '1'],
    ['a default export', 'export default 5;\n1', '1'],
    ['a default export of a class', 'export default class {}\n1', '1'],
    ['a default export of a function', 'export default function named() { return 2; }\nnamed()', '2'],
    ['a name for export', 'const here = 1; export { here as there };\nhere', '1'],
  ])('%s', async (_, code, result) => {
    expect(await value(code)).toBe(result);
  });

  test('an imported name is a variable of all cells, and may be declared anew', async () => {
    expect(
      await value("import { sep } from 'node:path';\nconst read = () => sep;", 'const sep = "new";\nread()'),
    ).toBe("'new'");
  });
});

test('an error inside rewritten code points to the place of the TypeScript', async () => {
  const line = 'const { first } = { first: total, more: values.at(3)!.n } as { first: number };';
  const code = `interface Long { n: number }\nconst values: Long[] = [];\nlet total = 0;\n${line}`;
  expect(await value(code)).toContain(`  > 4 | ${line}\n      | ${' '.repeat(line.indexOf('.n }'))}^`);
});
