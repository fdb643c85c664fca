import type ts from 'typescript';
import { type CompilerWithBinder, cellScope } from './cell-scope.js';
import { statementRewriter } from './cell-statement.js';
import { type MovedText, type Range, textEdits } from './moved-text.js';

export interface CellCode extends MovedText {
  /** Where each top-level statement began in the original text; `__cell__.at(i)` announces statement i. */
  statements: number[];
}

/**
 * Rewrites a cell, already compiled to an ES module, as the body of an async function of `exports` and `require`.
 * Its top-level names become properties of `exports`, which all cells share, rather than variables of the cell:
 * functions see later redeclarations, and a cell that throws leaves what it had completed.
 * Also announces each statement (`__cell__.at`), imports by `__cell__.load`, and checks after each await that the
 * cell was not stopped (`__cell__.live`; `__cell__.kept` where a top-level variable takes the value, so that long
 * work that ends early can still hand over what it has).
 */
export function cellCode(compiler: typeof ts & CompilerWithBinder, js: string): CellCode {
  const file = compiler.createSourceFile('cell.js', js, compiler.ScriptTarget.ES2022);
  const scope = cellScope(compiler, file);
  const edits = textEdits(js);
  const { insert, replace } = edits;
  const visit = statementRewriter(compiler, file, scope, edits);
  const textOf = (node: ts.Node): string => node.getText(file);
  const startOf = (node: ts.Node): number => node.getStart(file);
  const functions: Range[] = [];
  const statements: number[] = [];

  for (const statement of file.statements) {
    if (compiler.isFunctionDeclaration(statement) && statement.name) {
      shareDeclaration(statement);
      functions.push({ start: startOf(statement), end: statement.end });
      visit(statement);
      continue;
    }
    if (compiler.isExportDeclaration(statement) && !statement.moduleSpecifier) {
      replace(startOf(statement), statement.end, '');
      continue;
    }
    insert(startOf(statement), `__cell__.at(${statements.length});`);
    statements.push(startOf(statement));
    if (compiler.isImportDeclaration(statement))
      replace(startOf(statement), statement.end, importing(statement));
    else if (compiler.isExportDeclaration(statement)) {
      replace(
        startOf(statement),
        statement.end,
        `await __cell__.load(${textOf(statement.moduleSpecifier!)});`,
      );
    } else {
      if (compiler.isClassDeclaration(statement) || compiler.isFunctionDeclaration(statement)) {
        shareDeclaration(statement);
      } else if (compiler.isExportAssignment(statement)) {
        replace(startOf(statement), startOf(statement.expression), 'exports.default = ');
      }
      visit(statement);
    }
  }
  const resets = scope.hoisted.map((name) => `exports.${name} = void 0;`).join('');
  const head = `"use strict";const __cell__ = __tslab__.cell;${resets}`;
  return { ...edits.apply(head, functions), statements };

  /** A function or class declaration becomes the value of a property. */
  function shareDeclaration(node: ts.FunctionDeclaration | ts.ClassDeclaration): void {
    const exporting = node.modifiers?.findLast(
      ({ kind }) => kind === compiler.SyntaxKind.ExportKeyword || kind === compiler.SyntaxKind.DefaultKeyword,
    );
    const start = startOf(node);
    replace(start, exporting?.end ?? start, `exports.${node.name?.text ?? 'default'} = `);
    insert(node.end, ';\n');
  }

  function importing({ moduleSpecifier, importClause }: ts.ImportDeclaration): string {
    const loaded = `await __cell__.load(${textOf(moduleSpecifier)})`;
    if (!importClause) return `${loaded};`;
    const { name, namedBindings } = importClause;
    const targets = name ? [`default: exports.${name.text}`] : [];
    let whole = name ? `__cell__.whole(${loaded})` : loaded;
    if (namedBindings && compiler.isNamespaceImport(namedBindings)) {
      whole = `exports.${namedBindings.name.text} = __cell__.whole(${loaded})`;
    } else if (namedBindings) {
      for (const { name, propertyName } of namedBindings.elements) {
        targets.push(`${(propertyName ?? name).text}: exports.${name.text}`);
      }
    }
    return targets.length > 0 ? `({ ${targets.join(', ')} } = ${whole});` : `${whole};`;
  }
}
