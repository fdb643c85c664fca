import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { declarations, joinedFiles, library } from '../../src/jupyter/joined-files.js';
import { temporaryFolder } from '../temporary.js';

function folderOf(texts: Record<string, string>): string {
  const folder = temporaryFolder('joined-');
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return folder;
}

test('the library is its main file with all that it refers to, each once and before what needs it', () => {
  const folder = folderOf({
    'lib.es9.d.ts': '/// <reference lib="a" />\n/// <reference lib="b" />\ninterface Main {}\n',
    'lib.a.d.ts': '/// <reference lib="b" />\ninterface A {}\n',
    'lib.b.d.ts': '/// <reference lib="a" />\ninterface B {}\n',
  });
  const main = join(folder, 'lib.es9.d.ts');
  const textOf = joinedFiles(library(main));
  expect(textOf(main)?.match(/interface \w+|reference/g)).toEqual([
    'interface B',
    'interface A',
    'interface Main',
  ]);
  expect(textOf(join(folder, 'lib.a.d.ts'))).toBe('');
  expect(textOf(join(folder, 'lib.c.d.ts'))).toBeUndefined();
});

test('of declarations, modules and the library stay references, in front of everything', () => {
  const folder = folderOf({
    'index.d.ts':
      '// a licence\n/// <reference lib="es2020" />\n/// <reference path="script.d.ts" />\n/// <reference path="module.d.ts" />\n',
    'script.d.ts': "declare module 'x' {\n    export function f(): void;\n}\n",
    'module.d.ts': 'export {};\ndeclare global { var there: 1 }\n',
  });
  const main = join(folder, 'index.d.ts');
  const textOf = joinedFiles(declarations(main));
  const text = textOf(main) as string;
  expect(text.split('\n').slice(0, 2)).toEqual([
    '/// <reference lib="es2020" />',
    '/// <reference path="module.d.ts" />',
  ]);
  expect(text).toContain('export function f()');
  expect(text).not.toContain('there');
  expect(textOf(join(folder, 'module.d.ts'))).toBeUndefined();
});

test("of Node's declarations all but a few are one file", () => {
  const main = join(import.meta.dirname, '../../node_modules/@types/node/index.d.ts');
  const text = joinedFiles(declarations(main))(main) as string;
  expect(text.match(/^declare module ['"]node:fs['"]/gm)).toHaveLength(1);
  expect(text.match(/^\/\/\/ *<reference path=/gm)?.length).toBeLessThan(12);
});
