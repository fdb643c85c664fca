import type ts from 'typescript';

/** A text put together from pieces of another one, so that a position in it can be traced back. */
export interface MovedText {
  text: string;
  /** Offset in the original text of an offset in `text`; inserted text belongs to what follows it. */
  origin(offset: number): number;
  /** Where each top-level statement began in the original text; `__cell__.at(i)` announces statement i. */
  statements: number[];
}

interface Piece {
  text: string;
  /** Offset in the original, for copied text. */
  from?: number;
}

/**
 * Rewrites a cell, already compiled to an ES module, so that its top-level names become exported variables
 * rather than constants of the cell. TypeScript's CommonJS step then writes every use as `exports.name`, which
 * all cells share: functions see later redeclarations, and a cell that throws leaves what it had completed.
 * Also announces each statement (`__cell__.at`), gives modules that load asynchronously the time to do so
 * (`__cell__.load`), and checks after each await that the cell was not stopped (`__cell__.live`; `__cell__.kept`
 * where a top-level variable takes the value, so that long work that ends early can still hand over what it has).
 */
export function shareTopLevel(compiler: typeof ts, js: string): MovedText {
  const file = compiler.createSourceFile('cell.js', js, compiler.ScriptTarget.ES2022, true);
  const edits = new Map<number, { end: number; text: string }>();
  const insert = (at: number, text: string): void => {
    const there = edits.get(at);
    if (there) there.text += text;
    else edits.set(at, { end: at, text });
  };
  const shared = new Set<string>();
  const hoisted: ts.FunctionDeclaration[] = [];
  const statements: number[] = [];

  for (const statement of file.statements) {
    if (compiler.isFunctionDeclaration(statement) && statement.name) {
      shared.add(statement.name.text);
      hoisted.push(statement);
      continue;
    }
    if (compiler.isExportDeclaration(statement)) continue;
    insert(statement.getStart(file), `__cell__.at(${statements.length});`);
    statements.push(statement.getStart(file));
    if (compiler.isImportDeclaration(statement)) {
      insert(statement.getStart(file), `await __cell__.load(${statement.moduleSpecifier.getText(file)});`);
      shareImport(statement);
    }
    if (compiler.isVariableStatement(statement) && !statement.modifiers) shareVariables(statement);
    else if (compiler.isClassDeclaration(statement) && statement.name) {
      shared.add(statement.name.text);
      insert(statement.getStart(file), `export let ${statement.name.text} = `);
      insert(statement.end, ';');
    }
  }
  for (const statement of file.statements) {
    if (!compiler.isExportDeclaration(statement) || !statement.exportClause) continue;
    const names = (statement.exportClause as ts.NamedExports).elements.map((element) => element.name.text);
    const rest = names.filter((name) => !shared.has(name));
    edits.set(statement.getStart(file), { end: statement.end, text: `export { ${rest.join(', ')} };` });
  }
  checkAwaits(file);

  const pieces: Piece[] = [{ text: '"use strict";const __cell__ = __tslab__.cell;' }];
  for (const declaration of hoisted) {
    pieces.push({ text: `export let ${declaration.name!.text} = ` });
    copy(declaration.getStart(file), declaration.end);
    pieces.push({ text: ';\n' });
  }
  let at = 0;
  for (const declaration of hoisted) {
    copy(at, declaration.getStart(file));
    at = declaration.end;
  }
  copy(at, js.length);
  return { text: pieces.map((piece) => piece.text).join(''), origin: originOf(pieces), statements };

  function shareImport(statement: ts.ImportDeclaration): void {
    const clause = statement.importClause;
    const bindings = clause?.namedBindings;
    const names: string[] = [];
    const rename = (name: ts.Identifier, before = ''): void => {
      names.push(name.text);
      shared.add(name.text);
      edits.set(name.getStart(file), { end: name.end, text: `${before}${name.text}$import` });
    };
    if (clause?.name) rename(clause.name);
    if (bindings && compiler.isNamespaceImport(bindings)) rename(bindings.name);
    else if (bindings) {
      for (const element of bindings.elements) {
        rename(element.name, element.propertyName ? '' : `${element.name.text} as `);
      }
    }
    if (names.length === 0) return;
    insert(statement.end, ` export let ${names.map((name) => `${name} = ${name}$import`).join(', ')};`);
  }

  function shareVariables(statement: ts.VariableStatement): void {
    insert(statement.getStart(file), 'export ');
    for (const declaration of statement.declarationList.declarations) {
      collectNames(declaration.name);
      // Without a value TypeScript would write nothing here, and an older value would show through.
      if (!declaration.initializer) insert(declaration.end, ' = void 0');
    }
  }

  function collectNames(name: ts.BindingName): void {
    if (compiler.isIdentifier(name)) shared.add(name.text);
    else
      for (const element of name.elements) if (compiler.isBindingElement(element)) collectNames(element.name);
  }

  function checkAwaits(node: ts.Node): void {
    compiler.forEachChild(node, checkAwaits);
    if (compiler.isAwaitExpression(node)) {
      insert(node.getStart(file), isKept(node) ? '__cell__.kept(' : '__cell__.live(');
      insert(node.end, ')');
    } else if (compiler.isForOfStatement(node) && node.awaitModifier && compiler.isBlock(node.statement)) {
      insert(node.statement.getStart(file) + 1, '__cell__.live();');
    }
  }

  /** `const run = await work()` or `run = await work()` as a statement of the cell, with nothing after it. */
  function isKept(node: ts.AwaitExpression): boolean {
    const holder = node.parent;
    if (compiler.isVariableDeclaration(holder)) {
      const list = holder.parent as ts.VariableDeclarationList;
      return list.declarations.at(-1) === holder && list.parent.parent === file;
    }
    return (
      compiler.isBinaryExpression(holder) &&
      holder.operatorToken.kind === compiler.SyntaxKind.EqualsToken &&
      compiler.isExpressionStatement(holder.parent) &&
      holder.parent.parent === file
    );
  }

  /** Copies js[from, to) with the edits that lie in it. */
  function copy(from: number, to: number): void {
    let at = from;
    // An edit at `to` is this range's own where it closes it (`;` after a class), never the next one's.
    for (const start of [...edits.keys()].sort((a, b) => a - b)) {
      const edit = edits.get(start)!;
      if (start < at || edit.end > to) continue;
      pieces.push({ text: js.slice(at, start), from: at }, { text: edit.text });
      edits.delete(start);
      at = edit.end;
    }
    pieces.push({ text: js.slice(at, to), from: at });
  }
}

function originOf(pieces: Piece[]): (offset: number) => number {
  return (offset) => {
    let start = 0;
    let inserted = false;
    for (const piece of pieces) {
      const end = start + piece.text.length;
      if (piece.from !== undefined && (inserted || offset < end)) {
        return inserted ? piece.from : piece.from + Math.max(0, offset - start);
      }
      if (piece.from === undefined && offset < end) inserted = true;
      start = end;
    }
    const last = pieces.at(-1)!;
    return (last.from ?? 0) + last.text.length;
  };
}
