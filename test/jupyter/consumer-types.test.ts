import { symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary.js';

// Notebook cells see the package through the compiler inside tslab, which is older than the one that wrote the
// declarations. What it cannot read turns into `any` without a word; so a consumer is compiled with it here.
const require = createRequire(import.meta.url);
const compiler = createRequire(require.resolve('tslab'))('@tslab/typescript-for-tslab') as typeof ts;
const root = join(import.meta.dirname, '..', '..');

/** Compiles `code` against a package whose declarations are `types`, or against this package. */
function consumer(
  code: string,
  types?: string,
): { checker: ts.TypeChecker; file: ts.SourceFile; errors: string[] } {
  const folder = temporaryFolder('consumer');
  writeFileSync(join(folder, 'use.ts'), code);
  if (types !== undefined) writeFileSync(join(folder, 'library.d.ts'), types);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const program = compiler.createProgram([join(folder, 'use.ts')], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: compiler.ScriptTarget.ES2022,
    module: compiler.ModuleKind.ESNext,
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    baseUrl: folder,
    paths: { spikingssm: [join(root, 'dist', 'index.d.ts')], library: [join(folder, 'library.d.ts')] },
  });
  const errors = compiler
    .getPreEmitDiagnostics(program)
    .map((one) => compiler.flattenDiagnosticMessageText(one.messageText, '\n'));
  return { checker: program.getTypeChecker(), file: program.getSourceFile(join(folder, 'use.ts'))!, errors };
}

/** Paths of everything among the module's exports, one level deep, that is `any`. */
function lostTypes(checker: ts.TypeChecker, file: ts.SourceFile): { lost: string[]; seen: number } {
  const statement = file.statements.find(compiler.isImportDeclaration)!;
  const module = checker.getSymbolAtLocation(statement.moduleSpecifier)!;
  const lost: string[] = [];
  let seen = 0;
  const check = (type: ts.Type, path: string): void => {
    seen++;
    if (type.flags & compiler.TypeFlags.Any) lost.push(path);
  };
  const parts = (type: ts.Type, path: string): void => {
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      check(signature.getReturnType(), `${path}()`);
      for (const one of signature.getParameters())
        check(checker.getTypeOfSymbol(one), `${path}(${one.name})`);
    }
    for (const one of type.getProperties()) {
      const inside = one.declarations?.every((where) =>
        /\/node_modules\/|\/column-table\.d\.ts$/.test(where.getSourceFile().fileName),
      );
      // Members that come from lib or from a package (arquero, bundled) are not ours to answer for.
      if (inside) continue;
      const member = checker.getTypeOfSymbol(one);
      check(member, `${path}.${one.name}`);
      for (const signature of member.getCallSignatures()) {
        check(signature.getReturnType(), `${path}.${one.name}()`);
        for (const parameter of signature.getParameters()) {
          check(checker.getTypeOfSymbol(parameter), `${path}.${one.name}(${parameter.name})`);
        }
      }
    }
  };
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol =
      exported.flags & compiler.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    for (const [flag, type] of [
      [compiler.SymbolFlags.Value, () => checker.getTypeOfSymbolAtLocation(symbol, file)],
      [compiler.SymbolFlags.Type, () => checker.getDeclaredTypeOfSymbol(symbol)],
    ] as const) {
      if (!(symbol.flags & flag)) {
        // A name whose file cannot be found is neither: the compiler calls it unknown.
        if (
          !(
            symbol.flags &
            (compiler.SymbolFlags.Value | compiler.SymbolFlags.Type | compiler.SymbolFlags.Namespace)
          )
        ) {
          lost.push(exported.name);
        }
        continue;
      }
      check(type(), exported.name);
      parts(type(), exported.name);
    }
  }
  return { lost: [...new Set(lost)], seen };
}

describe('the published types, read by the compiler of notebook cells', () => {
  test('nothing that is exported has become any', () => {
    const { checker, file, errors } = consumer(
      "import * as library from 'spikingssm';\nexport { library };\n",
    );
    expect(errors).toEqual([]);
    const { lost, seen } = lostTypes(checker, file);
    expect(lost).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  });

  test('the check finds what that compiler cannot read', () => {
    const types = [
      'export declare function fine(x: Float32Array): number;',
      'export declare function bad(x: Float32Array<ArrayBuffer>, y: NoSuchName): void;',
      'export interface Options { known: string; lost: NoSuchName; draw(z: NoSuchName): void }',
      "export { gone } from './no-such-file.js';",
      'export declare const value: any;',
    ];
    const { checker, file } = consumer(
      "import * as library from 'library';\nexport { library };\n",
      types.join('\n'),
    );
    expect(lostTypes(checker, file).lost).toEqual([
      'bad(x)',
      'bad(y)',
      'Options.lost',
      'Options.draw(z)',
      'gone',
      'value',
    ]);
  });
});
