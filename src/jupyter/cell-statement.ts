import type ts from 'typescript';
import type { CellScope } from './cell-scope.js';
import type { TextEdits } from './moved-text.js';

/**
 * Rewrites what stands in a statement of a cell: every use of a top-level name becomes one of the property that all
 * cells share, every await is followed by a check.
 */
export function statementRewriter(
  compiler: typeof ts,
  file: ts.SourceFile,
  scope: CellScope,
  { insert, replace }: TextEdits,
): (statement: ts.Node) => void {
  const startOf = (node: ts.Node): number => node.getStart(file);
  return visit;

  function visit(node: ts.Node): void {
    if (compiler.isIdentifier(node)) {
      if (scope.isTopLevel(node)) share(node);
      return;
    }
    if (compiler.isVariableDeclarationList(node) && isShared(node)) {
      const from = compiler.isVariableStatement(node.parent) ? node.parent : node;
      replace(startOf(from), startOf(node.declarations[0]), '');
      for (const declaration of node.declarations) shareVariable(declaration);
      return;
    }
    if (compiler.isAwaitExpression(node)) {
      around(node, isKept(node) ? '__cell__.kept(' : '__cell__.live(', ')');
      return;
    }
    if (node.kind === compiler.SyntaxKind.ImportKeyword) {
      replace(startOf(node), node.end, '__cell__.import');
      return;
    }
    if (compiler.isForOfStatement(node) && node.awaitModifier && compiler.isBlock(node.statement)) {
      insert(startOf(node.statement) + 1, '__cell__.live();');
    }
    compiler.forEachChild(node, visit);
  }

  function around(node: ts.Node, before: string, after: string): void {
    insert(startOf(node), before);
    compiler.forEachChild(node, visit);
    insert(node.end, after);
  }

  function share(node: ts.Identifier): void {
    const { parent } = node;
    const shared = `exports.${node.text}`;
    const isCalled =
      (compiler.isCallExpression(parent) && parent.expression === node) ||
      (compiler.isTaggedTemplateExpression(parent) && parent.tag === node);
    if (isShorthand(node)) insert(node.end, `: ${shared}`);
    // Called as a property, a function would get all variables as its `this`.
    else replace(startOf(node), node.end, isCalled ? `(0, ${shared})` : shared);
  }

  function isShorthand(node: ts.Identifier): boolean {
    const parent = node.parent as ts.BindingElement | ts.ShorthandPropertyAssignment;
    if (parent.name !== node) return false;
    if (!compiler.isBindingElement(parent)) return compiler.isShorthandPropertyAssignment(parent);
    return compiler.isObjectBindingPattern(parent.parent) && !parent.propertyName && !parent.dotDotDotToken;
  }

  function isShared(list: ts.VariableDeclarationList): boolean {
    const isSharedName = (name: ts.BindingName): boolean =>
      compiler.isIdentifier(name)
        ? scope.isTopLevel(name)
        : name.elements.some((one) => compiler.isBindingElement(one) && isSharedName(one.name));
    return list.declarations.some(({ name }) => isSharedName(name));
  }

  function shareVariable(node: ts.VariableDeclaration): void {
    const { name, initializer } = node;
    if (!compiler.isIdentifier(name)) {
      if (initializer) around(node, '(', ')');
      else compiler.forEachChild(node, visit);
      return;
    }
    visit(name);
    if (initializer && isNameless(initializer)) {
      // Where it stands as a property's value, a function gets the name that a variable would give it.
      insert(startOf(initializer), `({ ${name.text}: `);
      visit(initializer);
      insert(initializer.end, ` }).${name.text}`);
    } else if (initializer) visit(initializer);
    // Otherwise an older value would show through.
    else if (isStatementOfCell(node.parent.parent)) insert(name.end, ' = void 0');
  }

  function isNameless(node: ts.Expression): boolean {
    return (
      compiler.isArrowFunction(node) ||
      ((compiler.isFunctionExpression(node) || compiler.isClassExpression(node)) && !node.name)
    );
  }

  /** `const run = await work()` or `run = await work()` as a statement of the cell, with nothing after it. */
  function isKept(node: ts.AwaitExpression): boolean {
    const holder = node.parent;
    if (compiler.isVariableDeclaration(holder)) {
      const list = holder.parent as ts.VariableDeclarationList;
      return list.declarations.at(-1) === holder && isStatementOfCell(list.parent);
    }
    return (
      compiler.isBinaryExpression(holder) &&
      holder.operatorToken.kind === compiler.SyntaxKind.EqualsToken &&
      isStatementOfCell(holder.parent)
    );
  }

  function isStatementOfCell(node: ts.Node): boolean {
    return (
      node.parent === file && (compiler.isVariableStatement(node) || compiler.isExpressionStatement(node))
    );
  }
}
